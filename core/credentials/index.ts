/** Credential files: where they are, whom they match, in which order they are tried. */
export { CredentialBook, readBook } from './book.js';
export type { BrokenFile, CredentialFile } from './file.js';
export { LastGood } from './last-good.js';
export * from './lockout/index.js';
export { checkMode, readers } from './permissions.js';
export { scopeSchema } from './scope.js';
export * from './sealing/index.js';
export { searchOrder } from './search.js';
export { StrictModes } from './strict-modes.js';
