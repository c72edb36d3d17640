/** Orders of the space: known kinds, their journal, their runs. */
export { Dispatcher, type DispatcherEvents } from './dispatcher.js';
export { Registry } from './registry.js';
