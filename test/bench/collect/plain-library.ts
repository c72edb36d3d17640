/** net-snmp used as its documentation shows it: the agents of the arguments one after the other, tables by `subtree`. */
import snmp from 'net-snmp';
import { community, port, switchTables, user } from './snmp.js';

const options = { port, timeout: 60_000, retries: 0 };
const [protocol, ...addresses] = process.argv.slice(2);
const authPriv = {
  ...{ name: user.name, level: snmp.SecurityLevel.authPriv },
  ...{ authProtocol: snmp.AuthProtocols.sha256, authKey: user.authKey ?? '' },
  ...{ privProtocol: snmp.PrivProtocols.aes, privKey: user.privKey ?? '' },
};
for (const address of addresses) {
  const session =
    protocol === 'v3'
      ? snmp.createV3Session(address, authPriv, { ...options, version: snmp.Version3 })
      : snmp.createSession(address, community, { ...options, version: snmp.Version2c });
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
