/** `ksocket/testing`: what the tests of a plug-in need. */

/** As the program does, for the processes in which tests measure memory. */
export { keepHeapSmall } from '../../core/runtime/frugal-heap.js';
export * from './clock.js';
export * from './growth.js';
export * from './host.js';
