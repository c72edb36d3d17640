/** `ksocket/plugin`: everything that a plug-in may see. */
export * from './address.js';
export * from './failure.js';
export * from './placeholder.js';
export * from './plugin.js';
export * from './ports.js';
export * from './secret.js';
export * from './sections/index.js';
export * from './sighting.js';
