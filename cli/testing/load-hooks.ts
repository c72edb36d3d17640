/** Hooks of Node.js' module loader: each ES module that is loaded is written down in the file of LOADED_INTO. */
import { appendFileSync } from 'node:fs';
import type { LoadHook } from 'node:module';

export const load: LoadHook = (url, context, next) => {
  appendFileSync(process.env.LOADED_INTO!, `${url}\n`);
  return next(url, context);
};
