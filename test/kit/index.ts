/** `ksocket/testing`: what the tests of a plug-in need. */
export * from './clock.js';
export * from './host.js';
