/** Credential files: where they are, whom they match, in which order they are tried. */
export { type BrokenFile, CredentialBook, type CredentialFile, readBook, scopeSchema } from './book.js';
export { searchOrder } from './search.js';
