/**
 * The examples of the manual's 2.3, line by line, against what is printed for a real space at that very name and port: structure
 * and order are the manual's, dots are three at least, and what is of Python there is of Node.js here.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect as dial, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { authenticate } from '../../cli/diagnostics/authenticate.js';
import { config } from '../../cli/diagnostics/config.js';
import { connect } from '../../cli/diagnostics/connect.js';
import type { Examination } from '../../cli/diagnostics/examination.js';
import { system } from '../../cli/diagnostics/system.js';
import { examined, names } from '../../cli/diagnostics/testing/examined.js';
import { Authorities, noOpenssl } from '../../core/link/testing/certificates.js';
import { Stage } from '../start/stage.js';

/** An address of loopback that nobody else has; its ports 80 and 443 stand for the vendor's. */
const address = '127.143.80.1';
const skip = noOpenssl ?? (process.getuid?.() === 0 ? false : 'needs root for the ports 80 and 443');

const header = `
Python: 3.7.6 (default, Mar  4 2020, 12:52:25) [GCC 4.4.7 20120313 (Red Hat 4.4.7-23)]
Ksocket: 2.0.0

KSOCKET_HOME:    /opt/fixpoint/ksocket
KSOCKET_CONFIG:  /opt/fixpoint/ksocket/etc/ksocket/ksocket.toml

$PYTHONHOME:
$KSOCKET_HOME:   /opt/fixpoint/ksocket
$KSOCKET_CONFIG:
`.trimStart();

const table = `
KSOCKET_INSECURE: False

Host:      fixpoint.cloud.kompira.jp
Port:      443
Protocol:  wss
Endpoint:  wss://fixpoint.cloud.kompira.jp:443/api/ksocket/connect
`.trimStart();

const manual = {
  /** Of the libraries, the first two: which they are is told by package.json. */
  system: `${header}
ssl ..... OK
aiofiles ..... OK
`,
  config: `${header}
Read KSOCKET_CONFIG as bytes ..... OK
Read KSOCKET_CONFIG as UTF-8 ..... OK
Read KSOCKET_CONFIG as TOML/YAML ..... OK
Read KSOCKET_CONFIG as config file .... OK
`,
  connect: `${header}
Resolve DNS forward lookup (cloud.kompira.jp) ..... OK [40.81.216.149]
Establish TCP connection (cloud.kompira.jp:80) .... OK
Establish TCP connection (cloud.kompira.jp:443) ... OK

${table}
Resolve DNS forward lookup ... OK [40.81.216.149]
Establish TCP connection ..... OK
Establish websocket ..... OK
`,
  authenticate: `${header}
${table}
Complete authentication ..... OK
`,
};

/** A line of the manual as an expression for ours. */
function patternOf(line: string, home: string): string {
  if (line.startsWith('Python:')) return 'Node\\.js: [\\d.]+ \\(.*\\) \\[.*\\]';
  if (line.startsWith('Ksocket:')) return 'Ksocket: \\d+\\.\\d+\\.\\d+';
  // As many variables as matter to Node.js.
  if (line === '$PYTHONHOME:') return '(?:\\$(?:NODE_\\w+|\\w+_PROXY|\\w+_proxy):.*\\n)+(?=\\$KSOCKET_HOME)';
  if (line === 'aiofiles ..... OK') return '(?:\\S+ \\.{3,} OK \\[\\d+\\.\\d+\\.\\d+.*\\]\\n)+(?![^])';
  if (line === 'ssl ..... OK') return 'node \\.{3,} OK \\[[\\d.]+\\]\\nssl \\.{3,} OK \\[OpenSSL .*\\]';
  return line
    .replace('/opt/fixpoint/ksocket', home)
    .replace('40.81.216.149', address)
    .replace(/[$()[\]{}*+?^|\\]|\.(?!\.)(?<!\.\.)/g, '\\$&')
    .replace(/ \.{3,} /, ' \\.{3,} ')
    .replace(/: +/, ': +');
}

const patternsOf = (text: string, home: string): RegExp =>
  new RegExp(
    `^${text
      .split('\n')
      .map((line) => patternOf(line, home))
      .join('\n')
      .replace('(?=\\$KSOCKET_HOME)\n', '(?=\\$KSOCKET_HOME)')
      .replace('(?![^])\n', '(?![^])')}`,
  );

/** The space as the manual has it: behind TLS, on 443 of a name in the vendor's domain, with port 80 open beside it. */
async function vendorLike(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-manual-'));
  const made = new Authorities();
  const stage = await Stage.open({ home, port: 0 });
  const servers: Server[] = [];
  t.after(async () => {
    for (const server of servers) server.close();
    await stage.close();
    made.close();
    await rm(home, { recursive: true });
  });
  const authority = made.root('Vendor Root');
  const names_ = ['DNS:fixpoint.cloud.kompira.jp'];
  const { cert, key } = made.issue(authority, 'space', { names: names_, until: 60 });
  const tls = createTlsServer({ cert, key }, (socket) => {
    const inner = dial(stage.port, '127.0.0.1');
    const both = [socket, inner];
    const end = () => {
      for (const it of both) it.destroy();
    };
    for (const it of both) it.on('error', end).on('close', end);
    socket.pipe(inner).pipe(socket);
  });
  for (const [server, port] of [
    [tls, 443],
    [createServer((socket) => void socket.on('error', () => undefined).end()), 80],
  ] as const) {
    servers.push(server);
    await new Promise<void>((done, fail) => server.once('error', fail).listen(port, address, done));
  }
  const { token } = await stage.slot('one', ['127.0.0.1'], ['127.0.0.1']);
  await mkdir(join(home, 'etc/ksocket'), { recursive: true });
  await writeFile(
    join(home, 'etc/ksocket/ksocket.toml'),
    `[connect]\ntoken = "${token}"\nhost = "fixpoint.cloud.kompira.jp"\nproxy = "none"\ncaFile = "${authority.certFile}"\n`,
    { mode: 0o600 },
  );
  return home;
}

test('the manual’s four examples are what is printed, line by line', { skip }, async (t) => {
  const home = await vendorLike(t);
  const lookup = names({ 'cloud.kompira.jp': [address], 'fixpoint.cloud.kompira.jp': [address] });
  const runs: Record<keyof typeof manual, (it: Examination) => Promise<unknown>> = {
    system,
    config,
    connect: (it) => connect(it, lookup),
    authenticate: (it) => authenticate(it, lookup),
  };
  for (const [name, run] of Object.entries(runs)) {
    const { text, code } = await examined(home, run);
    assert.equal(code, 0, text);
    // The table has one line more for what the manual has not.
    const shown = text.replace(/\nCA file: .*\n/, '\n');
    const pattern = patternsOf(manual[name as keyof typeof manual], home);
    assert.match(shown, pattern, name);
    // What config checks beyond the manual stands below it; the others print nothing else.
    if (name !== 'config') assert.equal(shown.replace(pattern, ''), '', name);
  }
});
