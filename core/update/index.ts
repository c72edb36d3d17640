/** Updates: signed bundles, two slots, one trial. */

export * from './asked.js';
export { bundleMagic, type Manifest, maxBundleBytes, parseHead } from './bundle.js';
export { addSignatures, digestOf, openBundle, type Release, takeCopy, writeBundle } from './bundle-file.js';
export { askForOffer, download, type SpaceFiles } from './download.js';
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
export { withLock } from './lock.js';
export { type UpdateParts, updateKind, updateOperation } from './operation.js';
export { otherSlot, Place, placeOf, programIn, type SlotName, slotNames } from './place.js';
export { rollback } from './rollback.js';
export { type Settled, settle, settleTrial } from './settle.js';
export { activeOf, type Judged, judge, type RootParts, stage } from './stage.js';
export { readState, type UpdateState } from './state.js';
export { endTrialByHand } from './superseded.js';
export { type TrialWatch, watchTrial } from './trial.js';
export { readTrust, requireSignatures } from './trust.js';
