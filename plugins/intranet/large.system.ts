/** Memory and the event loop under 65,534 addresses. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { labTest as lab } from './testing/lab.js';

describe('a large network', () => {
  lab('65,534 addresses of which 512 are alive: all are found, none else, in bounded memory', async (it, t) => {
    it.space('here');
    it.space('there');
    it.cable(['here', 'v0', '10.66.0.1/16'], ['there', 'v1', '10.66.0.2/16']);
    // 64 pieces of 8 addresses, spread over the network.
    for (let i = 0; i < 64; i++) it.ip('there', `route add local 10.66.${i * 4 + 1}.${(i * 8) % 248}/29 dev lo`);
    const seen = await it.look('here', { look: ['10.66.0.0/16'], maxPacketRate: 20_000 });
    const alive = seen.sightings.filter((one) => one.alive === 'yes' && one.mac !== undefined);
    assert.equal(seen.end.error, undefined);
    assert.equal(seen.sightings.length, 65_534);
    assert.equal(alive.length, 512 + 1);
    t.diagnostic(
      `${Math.round(seen.end.ms)} ms, RSS ${Math.round(seen.end.rssMiB)} MiB, event loop p99 ${seen.end.p99Ms.toFixed(1)} ms, at most ${seen.end.blockedMs.toFixed(1)} ms`,
    );
    assert.ok(seen.end.rssMiB <= 150, `${Math.round(seen.end.rssMiB)} MiB`);
    // A heartbeat is due every 30 s: even this would not endanger one.
    assert.ok(seen.end.blockedMs < 2000, `${seen.end.blockedMs} ms`);
  });
});
