/** The space protocol, shared by both ends. Pure: no I/O, no clock. */
export * from './codec.js';
export * from './digest.js';
export * from './frames.js';
export * from './ids.js';
export * from './scan.js';
export * from './update.js';
export * from './versions.js';
