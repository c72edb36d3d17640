/** Updates: signed bundles, two slots, one trial. */

export * from './asked.js';
export { bundleMagic, type Manifest, maxBundleBytes } from './bundle.js';
export { addSignatures, digestOf, openBundle, type Release, takeCopy, writeBundle } from './bundle-file.js';
export { askForOffer, download, type SpaceFiles } from './download.js';
export { type PrivateKey, parsePrivateKey, parsePublicKey } from './keys.js';
export { withLock } from './lock.js';
export { updateKind, updateOperation } from './operation.js';
export { otherSlot, Place, placeOf, programIn, type SlotName, slotNames } from './place.js';
export { rollback } from './rollback.js';
export { type Settled, settle, settleTrial } from './settle.js';
export { activeOf, type Judged, judge, type RootParts, stage } from './stage.js';
export { readState } from './state.js';
export { endTrialByHand } from './superseded.js';
export { watchTrial } from './trial.js';
export { readTrust } from './trust.js';
