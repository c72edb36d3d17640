/** Every setting, declared once, and what is generated from the declarations. */
export * from './complaint.js';
export * from './generate.js';
export { nearest } from './nearest.js';
export * from './settings.js';
