/** The credential files of our side, as an operator writes them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { authDataOf } from '../../../plugins/snmp/testing/users.js';
import { username } from './fleet.js';
import { community, user } from './snmp.js';

const includes = 'includes = ["10.67.0.0/16"]';
/** As patient as the peers are told to be: a machine that plays all hosts at once is slow now and then. */
const timeout = 'timeout = 60';

/** @returns the folder of the credentials */
export async function sshCredentials(folder: string, key: string): Promise<string> {
  const account = ['[account]', `username = ${JSON.stringify(username)}`];
  const keys = ['[[account.clientKeys]]', `filename = ${JSON.stringify(key)}`];
  return write(folder, 'ssh', [includes, timeout, ...account, ...keys]);
}

/** @returns the folder of the credentials */
export async function snmpCredentials(folder: string, protocol: 'v2c' | 'v3'): Promise<string> {
  const fields = Object.entries(protocol === 'v3' ? authDataOf(user) : { community });
  const lines = fields.map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return write(folder, 'snmp', [includes, timeout, '[authData]', ...lines]);
}

async function write(folder: string, kind: string, lines: readonly string[]): Promise<string> {
  const credentials = join(folder, 'credentials');
  await mkdir(join(credentials, kind), { recursive: true });
  await writeFile(join(credentials, kind, '00.toml'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return credentials;
}
