/** Preloaded (`node --import`), it writes down what a program loads: ES modules as they come, CommonJS when it ends. */
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';

register('./load-hooks.js', import.meta.url);
process.on('exit', () => {
  const { cache } = createRequire(import.meta.url);
  appendFileSync(process.env.LOADED_INTO!, Object.keys(cache).join('\n'));
});
