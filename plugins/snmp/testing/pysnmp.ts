/** An agent by Debian's python3-pysnmp4, on a free port of the loopback. Tests only. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { TestUser } from './users.js';

/** Debian's own, whatever other Python is in the path. */
const python = '/usr/bin/python3';

const program = `
import json, sys
# Before anything else of pysnmp, whose modules import one another in a circle.
import pysnmp.proto.secmod.rfc3414.service
from pysnmp.entity import engine, config
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.carrier.asyncore.dgram import udp

agent = engine.SnmpEngine()
transport = udp.UdpTransport().openServerMode(('127.0.0.1', 0))
config.addTransport(agent, udp.domainName, transport)
for user in json.loads(sys.argv[1]):
    auth, priv = getattr(config, user['auth']), getattr(config, user.get('priv', 'usmNoPrivProtocol'))
    config.addV3User(agent, user['name'], auth, user['authKey'], priv, user.get('privKey'))
    config.addVacmUser(agent, 3, user['name'], 'authPriv' if 'priv' in user else 'authNoPriv', (1, 3, 6, 1, 2, 1))
everything = context.SnmpContext(agent)
for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
    responder(agent, everything)
print(transport.socket.getsockname()[1], flush=True)
agent.transportDispatcher.jobStarted(1)
agent.transportDispatcher.runDispatcher()
`;

/** What is missing for it, or false. */
export function withoutPysnmp(): string | false {
  const there = spawnSync(python, ['-c', 'import pysnmp'], { stdio: 'ignore' }).status === 0;
  return there ? false : "needs Debian's python3-pysnmp4";
}

/** Starts it and gives its port. It ends with the test. */
export async function pysnmp(t: TestContext, users: readonly TestUser[]): Promise<number> {
  const child = spawn(python, ['-W', 'ignore', '-c', program, JSON.stringify(users)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    if (child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line);
}
