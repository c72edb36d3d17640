/** The job of the service in Upstart's format (init(5) of Upstart 1.12). */
import { join } from 'node:path';
import { checkPath } from './systemd-syntax.js';

export interface JobFacts {
  readonly home: string;
  readonly settingsFile?: string | undefined;
  readonly account: string;
}

/** Upstart hands what is after `exec` to a shell when it has one of the shell's characters; quotes are then its own. */
const quoted = (text: string): string => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;

export function jobText({ home, settingsFile, account }: JobFacts): string {
  const environment = {
    KSOCKET_HOME: checkPath(home),
    ...(settingsFile === undefined ? {} : { KSOCKET_CONFIG: checkPath(settingsFile) }),
  };
  return `# Made by "ksocket service install", which replaces it. Changes belong into ksocket.override
description "A RPC like client service for Fixpoint, Inc. Kompira cloud"

start on (local-filesystems and runlevel [2345])
stop on runlevel [!2345]

respawn
respawn limit 5 10
# 77 and 78: a start changes nothing, only the operator can.
normal exit 0 77 78
kill timeout 30

setuid ${account}
umask 027
limit core 0 0
${Object.entries(environment)
  .map(([name, value]) => `env ${name}=${quoted(value)}`)
  .join('\n')}
exec ${quoted(join(home, 'bin', 'ksocket'))} connect
`;
}
