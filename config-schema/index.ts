/** Every setting, declared once, and what is generated from the declarations. */
export * from './choices.js';
export * from './complaint.js';
export * from './generate.js';
export { removed, renamed } from './legacy.js';
export * from './log-format.js';
export { nearest } from './nearest.js';
export { proxyComplaint } from './proxy-url.js';
export * from './settings.js';
export { skeletonToml } from './skeleton.js';
