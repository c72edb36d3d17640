/** An installation inside the container as ksinstall would leave it, in a directory whose name is hard on every file format. */
import { type Container, type Ended, inside } from './container.js';

/** Spaces, a specifier of systemd, quotes, a variable, and letters outside of ASCII. */
export const home = `/opt/会社 100%h "it's" $HOME/ksocket`;
export const unitFile = `${home}/usr/lib/systemd/system/ksocket.service`;
const spacePort = 8080;

const launcher = `#!/bin/sh
export KSOCKET_HOME="$(dirname "$(dirname "$(readlink -f "$0")")")"
exec ${inside.node} ${inside.app}/dist/cli/main.js "$@"
`;

export async function lay(machine: Container): Promise<void> {
  await machine.sh(
    `mkdir -p "$1/bin" "$1/etc/ksocket/credentials/ssh" && chmod 755 "$1" && printf '%s' "$2" > "$1/bin/ksocket" && chmod 755 "$1/bin/ksocket"`,
    home,
    launcher,
  );
}

export const ksocket = (machine: Container, ...args: string[]): Promise<Ended> =>
  machine.run(`${home}/bin/ksocket`, args);

/** A space in the container, on its loopback. @returns a token for a slot of it */
export async function openSpace(machine: Container): Promise<string> {
  const program = [inside.node, `${inside.app}/dist/cli/main.js`];
  const space = (...args: string[]) =>
    machine.run('env', ['KSOCKET_HOME=/srv/space', ...program, 'space', ...args, '--json']);
  await machine.sh(
    `mkdir -p /srv/space && systemd-run --quiet --unit=space --setenv=KSOCKET_HOME=/srv/space ${program.join(' ')} space serve --port ${spacePort}`,
  );
  const url = `http://127.0.0.1:${spacePort}/`;
  await machine.until('the space answers', async () => {
    const { code } = await machine.run(inside.node, ['-e', `fetch('${url}').catch(() => process.exit(1))`]);
    return code === 0;
  });
  await space('slot', 'add', 'container');
  const { stdout, stderr } = await space('token', 'issue', 'container');
  const token = /ks1_[A-Za-z0-9_-]+/.exec(stdout)?.[0];
  if (token === undefined) throw new Error(`no token: ${stdout}${stderr}`);
  return token;
}

export async function configure(machine: Container, token: string, more = ''): Promise<void> {
  const text = `[connect]\nprotocol = "ws"\nhost = "127.0.0.1"\nport = ${spacePort}\ntoken = ${JSON.stringify(token)}\n${more}`;
  await machine.sh(`umask 077; printf '%s' "$2" > "$1/etc/ksocket/ksocket.toml"`, home, text);
}

/** Everything on disk that is not a record of what happened: path, mode, owner, and the text of small files. */
export async function snapshot(machine: Container): Promise<Map<string, string>> {
  const listed = await machine.sh(
    `find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /dev -o -path /srv -o -path /var/log -o -path /var/lib/systemd -o -path /root \\) -prune -o -printf '%p\\t%M %U:%G %l\\n'`,
  );
  const accounts = await machine.sh('cat /etc/passwd /etc/group /etc/shadow /etc/gshadow');
  const files = listed.split('\n').map((line) => line.split('\t') as [string, string]);
  return new Map([...files, ['accounts', accounts]]);
}
