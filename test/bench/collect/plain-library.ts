/** net-snmp used as its documentation shows it: the agents of the arguments one after the other, tables by `subtree`. */
import { createSession, Version2c } from '../../../plugins/snmp/library.js';
import { community, port, switchTables } from './snmp.js';

for (const address of process.argv.slice(2)) {
  const session = createSession(address, community, { version: Version2c, port, timeout: 60_000, retries: 0 });
  let objects = 0;
  for (const table of switchTables)
    await new Promise<void>((resolve, reject) =>
      session.subtree(
        table,
        25,
        (varbinds) => {
          objects += varbinds.length;
        },
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  session.close();
  process.stdout.write(`done ${address}: ${objects} objects\n`);
}
