/** A scan with wrong passwords in its files: how often each account is asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Session } from '../contract/index.js';
import { failure } from '../contract/index.js';
import { scan } from './testing/world.js';

const hosts = (count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}`);
const file = (username: string, password: string, more = '') =>
  `includes = ["10.0.0.0/8"]\nkey = "right"\n${more}[account]\nusername = '${username}'\npassword = "${password}"\n`;

/** Hosts that know one password; what each was asked. */
function doors(right: string) {
  const asked: string[] = [];
  const open = async (address: string, call: Call, credential: unknown): Promise<Session> => {
    const { account } = credential as { account: { username: string; password: { reveal(): string } } };
    await call.beforeSecret();
    const password = account.password.reveal();
    asked.push(`${address} ${account.username} ${password}`);
    if (password !== right) throw failure('E_LOGIN', `log in to ${address} as ${account.username}`);
    return { async *neighbours() {}, async *inspect() {}, close() {} };
  };
  return { asked, open };
}

test('a wrong password of a domain is sent twice in a scan of forty hosts, and each host says who was spared and until when', async (t) => {
  const { asked, open } = doors('right');
  const { nodes } = await scan(
    t,
    { alive: hosts(40), open },
    { start: ['10.0.0.0/26'] },
    { files: { '0.toml': file('CORP\\john', 'wrong') } },
  );
  assert.equal(asked.length, 2);
  const spared = nodes.filter((it) => it.outcomes.some(({ code }) => code === 'E_LOCKOUT'));
  assert.equal(spared.length, 38);
  const outcome = spared[0]!.outcomes[0]!;
  assert.match(
    outcome.reason!,
    /log in to 10\.0\.0\.\d+ as CORP\\john: 2 refused, again from \d{4}-\d\d-\d\dT\d\d:\d\dZ/,
  );
  assert.match(outcome.remedy!, /correct the password in ssh\/0\.toml/);
  assert.ok(!JSON.stringify(nodes).includes('wrong'));
});

test('the right file behind a wrong one of the same account gets in everywhere, and the wrong one is not sent to every host', async (t) => {
  const { asked, open } = doors('right');
  const { nodes } = await scan(
    t,
    { alive: hosts(40), open },
    { start: ['10.0.0.0/26'] },
    { files: { '0.toml': file('CORP\\john', 'wrong'), '1.toml': file('john@corp.example', 'right') } },
  );
  assert.equal(nodes.filter((it) => it.outcomes.some(({ result }) => result === 'ok')).length, 40);
  let inARow = 0;
  for (const it of asked) {
    inARow = it.endsWith('wrong') ? inARow + 1 : 0;
    assert.ok(inARow <= 2, asked.join('\n'));
  }
});

test('the account of a hop is spared, too', async (t) => {
  const { asked, open } = doors('right');
  const { nodes } = await scan(
    t,
    { alive: hosts(20), open, tunnels: 'hops' },
    { start: ['10.0.0.0/27'] },
    {
      files: {
        '0.toml': file('root', 'right', 'hops = ["172.16.0.1"]\n'),
        '1_hop.toml': file('CORP\\hop', 'wrong').replace('10.0.0.0/8', '172.16.0.1'),
      },
    },
  );
  assert.deepEqual(asked, ['172.16.0.1 CORP\\hop wrong', '172.16.0.1 CORP\\hop wrong']);
  assert.ok(nodes.every((it) => it.outcomes.every(({ code }) => code === 'E_TUNNEL')));
});
