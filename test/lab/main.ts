/** `node dist/test/lab/main.js`: builds the lab, says who is there and how to enter, and waits for Ctrl-C. */

import { once } from 'node:events';
import { buildLab, type LabHost, labMissing, stepInto } from './index.js';

const missing = await labMissing();
if (missing.length > 0) {
  process.stderr.write(`A lab cannot be built here. Missing: ${missing.join(', ')}\n`);
  process.exit(1);
}

const began = performance.now();
const lab = await buildLab();
const say = (line: string) => process.stdout.write(`${line}\n`);
const services = ({ ssh, snmp }: LabHost) =>
  [ssh ? `ssh ${ssh.username} (${ssh.login})` : '', snmp ? `snmp ${snmp.community}` : ''].filter(Boolean).join(', ');

say(`${lab.name}: ${lab.networks.join(', ')}, built in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
const rows = lab.hosts.filter(({ alive }) => alive);
const width = (cells: readonly string[]) => Math.max(...cells.map((cell) => cell.length)) + 2;
const columns = [
  (host: LabHost) => host.name,
  (host: LabHost) => host.addresses.join(' '),
  services,
  (host: LabHost) => host.expect ?? '',
  (host: LabHost) => String(lab.pid(host.name)),
  (host: LabHost) => host.role,
].map((cell) => ({ cell, width: width(rows.map(cell)) }));
for (const host of rows)
  say(
    columns
      .map((column) => column.cell(host).padEnd(column.width))
      .join('')
      .trimEnd(),
  );

const dead = lab.hosts.filter(({ alive }) => !alive).map(({ name }) => name);
say(`\nNobody at ${dead.join(', ')}`);
say(`Credentials: ${lab.credentials}`);
say(`The agent's host: nsenter ${stepInto(lab.pid(lab.agent.namespace)).join(' ')} sh`);
say('Another host: the same with the number of its row. Ctrl-C takes everything down.');

// A timer, as listening for a signal alone does not keep the process running.
const awake = setInterval(() => {}, 2 ** 30);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(awake);
await lab.close();
