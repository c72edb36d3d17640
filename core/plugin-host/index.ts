/** The plug-ins, set up. */
export { type ReadyCollector, type ReadyMode, type Roster, setUp } from './roster.js';
