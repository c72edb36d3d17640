/** What holds in every world, whatever happens in it. */
import assert from 'node:assert/strict';
import { simulate, workers } from './world.js';

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
