/** Who collects: we, and the peers, each with how it is called and how its output is read. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { username } from './fleet.js';
import type { OurResult, OurRun } from './our.js';
import { community, switchTables, user } from './snmp.js';

export interface Contender {
  readonly title: string;
  readonly command: (atOnce: number) => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Hosts of which everything asked for was read. */
  readonly done: (output: string) => number;
  readonly ours?: (output: string) => OurResult;
  /** Asks only so many of the hosts; undefined: all. */
  readonly hosts?: number;
}

const built = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const lines = (output: string, mark: string) => output.split('\n').filter((line) => line.includes(mark)).length;

/** `networks.scan` with the real collectors, in a process of its own and with no host key known. */
export function ours(title: string, credentials: string, addresses: readonly string[]): Contender {
  const read = (output: string) => JSON.parse(output) as OurResult;
  return {
    title,
    command: (hostsAtOnce) => {
      const run: OurRun = { credentials, addresses, hostsAtOnce };
      // The bench's own options of Node.js, so that `node --cpu-prof` shows the child.
      return [process.execPath, ...process.execArgv, built('./child.js'), JSON.stringify(run)];
    },
    done: (output) => (output === '' ? 0 : read(output).collected),
    ours: read,
  };
}

/**
 * As it comes, and with the setting that spares it the copying of files. The interpreter is named, so that it need not look for one.
 * @param folder for its files
 * @param key of the account
 */
export async function ansible(folder: string, key: string, addresses: readonly string[]): Promise<Contender[]> {
  const inventory = join(folder, 'hosts.ini');
  await writeFile(inventory, `[all]\n${addresses.join('\n')}\n`);
  // Nobody's own settings.
  const config = join(folder, 'ansible.cfg');
  await writeFile(config, '');
  const environment = {
    ...{ HOME: folder, ANSIBLE_CONFIG: config, ANSIBLE_HOST_KEY_CHECKING: 'False', ANSIBLE_TIMEOUT: '60' },
    ...{ ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3', ANSIBLE_PRIVATE_KEY_FILE: key, ANSIBLE_REMOTE_USER: username },
    ANSIBLE_NOCOLOR: 'True',
  };
  const common: Omit<Contender, 'title'> = {
    command: (forks) => ['ansible', 'all', '-i', inventory, '-m', 'setup', '-f', String(forks), '-o'],
    done: (output) => lines(output, ' | SUCCESS => '),
    environment,
  };
  return [
    { ...common, title: 'ansible -m setup' },
    { ...common, title: 'ansible -m setup, pipelining', environment: { ...environment, ANSIBLE_PIPELINING: 'True' } },
  ];
}

/** The npm library as its documentation shows it, one agent after the other. */
export function plainLibrary(addresses: readonly string[], hosts: number, protocol: 'v2c' | 'v3'): Contender {
  return {
    title: `net-snmp plainly, one after the other, ${hosts} agents`,
    hosts,
    command: () => [process.execPath, built('./plain-library.js'), protocol, ...addresses.slice(0, hosts)],
    done: (output) => lines(output, 'done '),
  };
}

/** Three programs an agent, since each walks one subtree. 25 repetitions are the rows of a table with its end. */
export function bulkWalkPool(addresses: readonly string[], protocol: 'v2c' | 'v3'): Contender {
  const authPriv = `-l authPriv -u ${user.name} -a SHA-256 -A ${user.authKey} -x AES -X ${user.privKey}`;
  const login = protocol === 'v3' ? `-v3 ${authPriv}` : `-v2c -c ${community}`;
  const walk = `snmpbulkwalk ${login} -On -m '' -Cr25 -t 60 -r 0`;
  const walks = switchTables.map((table) => `${walk} "$1" ${table} >/dev/null`).join(' && ');
  const one = `sh -c '${walks.replaceAll("'", `'\\''`)} && echo "done $1"' sh`;
  return {
    title: 'snmpbulkwalk, xargs -P',
    command: (atOnce) => ['sh', '-c', `echo "$0" | tr " " "\\n" | xargs -P ${atOnce} -n 1 ${one}`, addresses.join(' ')],
    done: (output) => lines(output, 'done '),
  };
}
