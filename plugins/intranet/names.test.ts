/** Names by reverse DNS from a made-up resolver, and from hosts on a link that are what they are in the field. */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { testRandom } from 'ksocket/testing';
import { healthy, type Reverse } from './names/dns.js';
import { Names } from './names/names.js';
import { Pace } from './pace.js';
import { groups, services, untouchable } from './ports.js';
import { TcpAsker } from './sockets/tcp.js';
import { JumpingClock } from './testing/clock.js';
import { type Lab, labTest } from './testing/lab.js';
import { resolvedProgram, startAvahi, startNmbd, startResolved } from './testing/name-servers.js';

/** Where it is when it is there: unpacked by the set-up, or installed. */
const resolved = resolvedProgram() ?? '/lib/systemd/systemd-resolved';

const failed = (code: string) => Object.assign(new Error(code), { code });

function resolver(answer: (address: string) => Promise<string[]>): Reverse & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    cancel: () => undefined,
    reverse: (address) => {
      asked.push(address);
      return answer(address);
    },
  };
}

/** The names of routed addresses: a host that is asked itself fails the test. */
function names(clock: JumpingClock, by: Reverse, health = healthy()) {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const it = new Names({
    ...{ clock, health, random: testRandom, resolver: by, signal },
    asker: new TcpAsker(clock, () => false),
    scan: { datagram: () => assert.fail('a host behind a router was asked itself') },
  });
  const pace = new Pace(clock, { start: 1000, cap: 1000 });
  return { of: (address: string) => it.of(address, { onLink: false, pace }) };
}

describe('names by reverse DNS', () => {
  test('are told with their source, without what cannot be a name', async () => {
    const clock = new JumpingClock();
    const it = names(
      clock,
      resolver(async () => ['web.example.com', '<b>', 'x'.repeat(300)]),
    );
    assert.deepEqual(await clock.until(it.of('192.0.2.1')), [{ name: 'web.example.com', source: 'dns' }]);
  });

  test('an address without a name has none, however often', async () => {
    const clock = new JumpingClock();
    const none = resolver(() => Promise.reject(failed('ENOTFOUND')));
    const it = names(clock, none);
    for (let i = 0; i < 10; i++) assert.deepEqual(await clock.until(it.of(`192.0.2.${i}`)), []);
    assert.equal(none.asked.length, 10);
  });

  test('a resolver that stays silent is given up after three, for a minute', async () => {
    const clock = new JumpingClock();
    const silent = resolver(() => new Promise(() => undefined));
    const health = healthy();
    const it = names(clock, silent, health);
    for (let i = 0; i < 10; i++) await clock.until(it.of(`192.0.2.${i}`));
    assert.equal(silent.asked.length, 3);
    assert.ok(clock.monotonic() <= 6100);
    await clock.until(clock.sleep(61_000));
    await clock.until(names(clock, silent, health).of('192.0.2.99'));
    assert.equal(silent.asked.length, 4);
  });

  test('no more than twenty are asked at once', async () => {
    const clock = new JumpingClock();
    let open = 0;
    let most = 0;
    const slow = resolver(async () => {
      most = Math.max(most, ++open);
      await clock.sleep(10);
      open -= 1;
      return [];
    });
    const it = names(clock, slow);
    await clock.until(Promise.all(Array.from({ length: 100 }, (_, i) => it.of(`192.0.2.${i}`))));
    assert.equal(most, 20);
  });
});

/** `here` and the others on one link, at 10.66.0.1 and so on. */
function switched(it: Lab, others: readonly string[]): void {
  for (const name of ['here', 'switch', ...others]) it.space(name);
  it.ip('switch', 'link add br0 type bridge');
  it.ip('switch', 'link set br0 up');
  for (const [i, name] of ['here', ...others].entries()) {
    it.cable(['switch', `p${i}`, '-'], [name, 'v0', `10.66.0.${1 + i}/24`]);
    it.ip('switch', `link set p${i} master br0`);
  }
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ksocket-names-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

labTest(
  'hosts on a link tell their own names: nmbd of Samba and avahi-daemon',
  (it) =>
    inFolder(async (folder) => {
      switched(it, ['nas', 'printer']);
      await Promise.all([startNmbd(it, 'nas', folder, '10.66.0.2'), startAvahi(it, 'printer', folder)]);
      const seen = await it.look('here', { look: ['10.66.0.2', '10.66.0.3'] });
      assert.equal(seen.end.error, undefined);
      assert.deepEqual(seen.of('10.66.0.2').names, [{ name: 'FILESERVER', source: 'netbios' }]);
      assert.deepEqual(seen.of('10.66.0.3').names, [{ name: 'printer.local', source: 'mdns' }]);
      const [before, after] = seen.end.sockets;
      assert.equal(after, before, 'sockets are left open');
    }),
  ['/usr/sbin/nmbd', '/usr/sbin/avahi-daemon'],
);

labTest(
  'a host with LLMNR tells its name: systemd-resolved',
  (it) =>
    inFolder(async (folder) => {
      switched(it, ['desk']);
      await startResolved(it, 'desk', folder, resolved);
      const seen = await it.look('here', { look: ['10.66.0.2'] });
      assert.deepEqual(seen.of('10.66.0.2').names, [{ name: 'desk', source: 'llmnr' }]);
    }),
  [resolved],
);

describe('ports', () => {
  test('printers and plants are never touched, and the groups cover the services', () => {
    assert.ok(services.every((it) => !untouchable.has(it.port)));
    assert.deepEqual(groups.flat().sort(), services.map((it) => it.port).sort());
  });
});
