/** What holds in every world, whatever happens in it. */
import assert from 'node:assert/strict';
import { scanOnce, simulate, World, workers } from './world.js';

/** No account has more than two refused logins in a row within an hour, and nobody waits for ever. */
export async function sparesEveryAccount(seeds: number): Promise<void> {
  let sent = 0;
  let reached = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const world = await simulate(seed, () => undefined);
    assert.ok(world.worst <= 2, `seed ${seed}: ${world.worst} refusals in a row`);
    sent += world.sent;
    if (world.worst === 2) reached += 1;
  }
  assert.ok(sent > 20 * seeds, `only ${sent} secrets were sent`);
  assert.ok(reached > seeds / 2, `only ${reached} worlds have come near the limit`);
}

/** A file that is corrected costs one more, a password that changes in the midst of scans what is under way at that moment. */
export async function costsWhatIsUnderWay(seeds: number): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) {
    const world = await simulate(seed, (it) => {
      const at = it.clock.now();
      if (it.random() < 0.2) {
        const i = Math.floor(it.random() * it.files.length);
        const { username } = it.files[i]!.fields as { username: string };
        it.files[i] = it.file(i, username, it.random() < 0.5 ? it.right.get(username)! : `wrong at ${at}`);
        it.excused.push({ account: username, at, count: 1 });
      }
      if (it.random() < 0.05) {
        const account = it.pick([...it.right.keys()]);
        it.right.set(account, `changed at ${at}`);
        it.excused.push({ account, at, count: 2 * workers });
      }
    });
    assert.ok(world.worst <= 2, `seed ${seed}: ${world.worst} refusals in a row beyond what is excused`);
  }
}

/** Nobody answers behind a firewall, so that nothing leaves: whoever does answer is entered as if it were not there. */
export async function passesFirewalls(seeds: number): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) {
    const world = new World(seed);
    const file = world.file(0, 'CORP\\one', 'right');
    const answers = (host: number) => host % 6 === 5;
    const closed = () => (world.random() < 0.5 ? 'silent' : 'closed');
    const { entered, seconds } = await scanOnce(world, (it) => (answers(it) ? 'usual' : closed()), file);
    const expected = world.hosts.filter((_, i) => answers(i)).map((it) => it.address);
    assert.deepEqual([...entered].sort(), expected.sort(), `seed ${seed}`);
    assert.ok(seconds < 60, `seed ${seed}: ${seconds} seconds for ${world.hosts.length} hosts`);
  }
}

/**
 * Hosts that hang once they have the secret may have refused it, each of them: two of them spare the account, whatever it is, and a
 * scan loses two logins’ time to them. Where the secret is accepted before that, none of them counts.
 */
export async function survivesHosts(seeds: number): Promise<void> {
  let [spared, proved] = [0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const wrong = new World(seed);
    const all = await scanOnce(wrong, () => 'hangs', wrong.file(0, 'CORP\\one', 'wrong'));
    assert.equal(wrong.worst, 2, `seed ${seed}: ${wrong.worst} refusals in a row`);
    assert.ok(all.seconds < 150, `seed ${seed}: ${all.seconds} seconds`);

    const right = new World(seed);
    const hangs = (host: number) => host % 2 === 0;
    const some = await scanOnce(right, (it) => (hangs(it) ? 'hangs' : 'usual'), right.file(0, 'CORP\\one', 'right'));
    if (some.entered.size === 0) {
      spared += 1;
      assert.equal(some.sent, 2, `seed ${seed}`);
    } else {
      proved += 1;
      assert.equal(some.entered.size, right.hosts.length / 2, `seed ${seed}: what hangs counts for nothing then`);
    }
  }
  assert.ok(proved > spared && proved > 0, `${proved} scans went well, ${spared} spared the account`);
}
