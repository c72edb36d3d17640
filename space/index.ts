/**
 * The self-hosted other end. `serveSpace` runs it; `openSpace` works on the same directory from another process, such as the
 * command line, while it runs. Neither is loaded by a command that does not need it.
 */
export { type OpenSpace, openSpace } from './open.js';
export { Problem } from './problem.js';
export { type RunningSpace, type ServeOptions, serveSpace } from './serve.js';
