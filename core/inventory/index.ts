/** The node model: from records to documents, who is who, and the border where text of a target enters. */
export { assembleNodes } from './assemble.js';
export { clean, cleanText } from './clean.js';
export {
  compareAddresses,
  knownSections,
  type NodeAddress,
  type NodeDocument,
  type SectionProvenance,
} from './document.js';
export { explain, type Step, type Story, stepTitles, storyOf, storyOfNode } from './explain.js';
export { groupByIdentity, type Identified, keysOf, single, vetoBetween } from './identity.js';
export { organizationOf } from './oui.js';
export { checkSection, splitSection } from './section.js';
export { type TrailEvent, type TrailEventOf, trailEvent } from './trail.js';
