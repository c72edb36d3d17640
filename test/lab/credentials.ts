/** Writes the client keys and credential files that the agent of the lab is given, in the format of the seed's chapter 3.2. */

import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Company, SnmpCredential, SshCredential } from './company.js';
import { run } from './run.js';

/** TOML basic strings take JSON's escapes (TOML 1.0, "String"), so JSON writes them. */
const text = (value: string) => JSON.stringify(value);
const list = (values: readonly string[]) => `[${values.map(text).join(', ')}]`;

function where(plan: SshCredential | SnmpCredential): string {
  const excludes = plan.excludes ? `excludes = ${list(plan.excludes)}\n` : '';
  return `includes = ${list(plan.includes)}\n${excludes}\n`;
}

function sshFile(plan: SshCredential, passphrases: ReadonlyMap<string, string | undefined>): string {
  let file = `${where(plan)}[account]\nusername = ${text(plan.username)}\n`;
  if (plan.password !== undefined) file += `password = ${text(plan.password)}\n`;
  for (const key of plan.keys ?? []) {
    file += `\n[[account.clientKeys]]\nfilename = ${text(`keys/${key}`)}\n`;
    const passphrase = passphrases.get(key);
    if (passphrase !== undefined) file += `passphrase = ${text(passphrase)}\n`;
  }
  return file;
}

/** Datagrams get lost, and more of them on a machine that runs a company beside its tests. */
const snmpFile = (plan: SnmpCredential) =>
  `${where(plan)}retries = 2\n[authData]\ncommunity = ${text(plan.community)}\n`;

/** Makes the company's client keys in `folder`, each with its public half beside it as NAME.pub. */
export async function makeKeys(company: Company, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all(
    company.keys.map(({ name, passphrase }) =>
      run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase ?? '', '-C', name, '-f', join(folder, name)]),
    ),
  );
}

/**
 * Fills `folder` with ssh/*.toml, snmp/*.toml and, beside the former, keys/: the private keys, named there relative to
 * the credential file, so that the folder can be copied anywhere.
 */
export async function writeCredentials(company: Company, keys: string, folder: string): Promise<void> {
  const passphrases = new Map(company.keys.map(({ name, passphrase }) => [name, passphrase]));
  await mkdir(join(folder, 'ssh', 'keys'), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, 'snmp'), { recursive: true, mode: 0o700 });
  const secret = { mode: 0o600 };
  for (const plan of company.credentials.ssh)
    await writeFile(join(folder, 'ssh', plan.file), sshFile(plan, passphrases), secret);
  for (const plan of company.credentials.snmp) await writeFile(join(folder, 'snmp', plan.file), snmpFile(plan), secret);
  for (const { name } of company.keys) {
    const copy = join(folder, 'ssh', 'keys', name);
    await copyFile(join(keys, name), copy);
    await chmod(copy, 0o600);
  }
}
