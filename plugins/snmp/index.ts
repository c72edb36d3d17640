/** Network equipment and hosts that answer SNMP: who they know, and what they are. */
import { createRequire } from 'node:module';
import { type Call, collector, failure, type Target } from 'ksocket/plugin';
import { uptimeRequest } from './community.js';
import { type Credential, credential, lackingKey } from './credential.js';
import { discoveryRequest } from './usm/discovery.js';
import { Keys } from './usm/keys.js';

export default collector({
  name: 'snmp',
  doc: 'Network equipment, printers, power supplies and hosts, by SNMP',
  credential,
  setup({ clock, random }) {
    const keys = new Keys();
    /** Ids of SNMP are 31 bits wide (RFC 3416, section 3; RFC 3412, section 6.2). */
    const requestId = () => random.bytes(4).readUInt32BE() >>> 1;

    return {
      /** @throws Failure E_CREDENTIAL, E_LOGIN, E_LOCKOUT, E_PRIVILEGE, E_UNSUPPORTED, E_PROTOCOL, E_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_POLICY, E_CANCELLED */
      async open({ address }: Target, login: Credential, call: Call) {
        const lacking = lackingKey(login.authData);
        if (lacking !== undefined)
          throw failure('E_CREDENTIAL', `ask ${address} by SNMPv3: ${lacking}`, { remedy: 'add it to the file' });
        // Here and not above, so that a command without SNMP does not load the library.
        const [{ openAgent }, { openSession }] = await Promise.all([import('./opening.js'), import('./session.js')]);
        return openSession(await openAgent({ address, credential: login, keys, clock, random, call }), clock);
      },

      knock({ port, authData }: Credential) {
        const { community, username } = authData;
        const payload =
          username !== undefined || community === undefined
            ? discoveryRequest(requestId())
            : uptimeRequest(community.reveal(), requestId());
        return { service: 'snmp', port, payload };
      },

      async *diagnose() {
        const title = 'SNMP library net-snmp';
        try {
          const { version } = createRequire(import.meta.url)('net-snmp/package.json') as { version: string };
          await import('net-snmp');
          yield { title, ok: true, detail: version };
        } catch (error) {
          yield { title, ok: false, detail: String(error), remedy: 'install Ksocket again' };
        }
      },
    };
  },
});
