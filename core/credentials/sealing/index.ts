/** Secrets in credential files, encrypted field by field. */
import type { Home } from '../../config/index.js';
import { Keyring } from './keyring.js';

export { type Key, Keyring } from './keyring.js';
export { isSealed, keysUsedIn } from './seal.js';
export { type Changed, type SealParts, sealText, unsealText } from './text.js';

export const keyringOf = ({ keyFiles }: Pick<Home, 'keyFiles'>): Keyring => new Keyring(keyFiles);
