/** `npm run package`: everything that is released, built into dist-packages/. */
import { optionsFrom, usage } from './options.js';
import { packageAll } from './package-all.js';

const options = optionsFrom(process.argv.slice(2));
if (typeof options === 'string') {
  process.stderr.write(`npm run package: ${options}\n${usage}`);
  process.exitCode = 2;
} else {
  try {
    await packageAll(options, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`npm run package: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
