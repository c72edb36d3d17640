/** Updates: signed bundles, two slots, one trial. */
export { type Manifest, maxBundleBytes, parseHead } from './bundle.js';
export { addSignatures, digestOf, openBundle, type Release, takeCopy, writeBundle } from './bundle-file.js';
export {
  type KeyRing,
  keyId,
  type PrivateKey,
  type PublicKey,
  parsePrivateKey,
  parsePublicKey,
  readOwnKeys,
  readShippedKeys,
  shippedKeysFile,
} from './keys.js';
export { readTrust, requireSignatures } from './trust.js';
export { compareVersions, type Platform, platformOf, platforms, versionText } from './version.js';
