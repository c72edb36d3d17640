/**
 * Stands for `ksocket connect` under wine, where the journal's native module does not load: it says that it runs and how it was asked to end,
 * and ends with the exit code that it is told, as the agent does when the space is lost or refuses it. Arguments: its folder.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2]!;
const order = join(folder, 'exit-with');

appendFileSync(join(folder, 'starts'), `${process.pid} ${process.env.KSOCKET_HOME}\n`);
process.on('SIGINT', () => {
  writeFileSync(join(folder, 'clean-end'), 'SIGINT\n');
  process.exit(0);
});
setInterval(() => {
  if (!existsSync(order)) return;
  const code = Number(readFileSync(order, 'utf8'));
  rmSync(order);
  process.exit(code);
}, 100);
