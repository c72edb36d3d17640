/** Who gets a slot: the whole table of answers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hello, randomHex } from '../testing/wire.js';
import { isRestored, judgeClaim, type SlotLease } from './claim.js';

const instance = randomHex();
const boot = randomHex();
const lease = 90_000;
const slot = (about: Partial<SlotLease> = {}): SlotLease => ({
  enabled: true,
  epoch: 4,
  instance,
  boot,
  attempt: 3,
  pastBoots: [],
  lastFrameAt: 1_000_000,
  ...about,
});
const soon = 1_000_000 + lease - 1;
const late = 1_000_000 + lease;

describe('claim of a slot', () => {
  it('goes to the same process again, with a higher epoch', () => {
    const verdict = judgeClaim(slot(), hello({ instance, boot, attempt: 4 }), soon, lease);
    assert.deepEqual(verdict, { type: 'serve', epoch: 5, pastBoots: [] });
  });

  it('is not taken back by a greeting of the same process that was overtaken on the way', () => {
    for (const attempt of [2, 3]) {
      const verdict = judgeClaim(slot(), hello({ instance, boot, attempt }), soon, lease);
      assert.equal(verdict.type === 'refuse' && verdict.code, 4001);
    }
  });

  it('goes to a new process of the same installation, which remembers the old one', () => {
    const verdict = judgeClaim(slot(), hello({ instance }), soon, lease);
    assert.deepEqual(verdict, { type: 'serve', epoch: 5, pastBoots: [boot] });
  });

  it('is refused to a process that was replaced before: a clone', () => {
    const verdict = judgeClaim(slot({ boot: randomHex(), pastBoots: [boot] }), hello({ instance, boot }), soon, lease);
    assert.equal(verdict.type === 'refuse' && verdict.code, 4410);
  });

  it('is refused to another installation while the lease lives, and granted after', () => {
    const refused = judgeClaim(slot(), hello(), soon, lease);
    assert.equal(refused.type === 'refuse' && refused.code, 4409);
    assert.equal(judgeClaim(slot(), hello(), late, lease).type, 'serve');
    assert.equal(judgeClaim(slot({ lastFrameAt: null }), hello(), soon, lease).type, 'serve');
  });

  it('is never given to a check, which learns whether it could be', () => {
    const busy = judgeClaim(slot(), hello({ instance, boot, purpose: 'check' }), soon, lease);
    assert.equal(busy.type === 'refuse' && busy.code, 4409);
    assert.equal(judgeClaim(slot(), hello({ purpose: 'check' }), late, lease).type, 'check');
  });

  it('is refused when the slot is disabled or the version unknown', () => {
    const disabled = judgeClaim(slot({ enabled: false }), hello({ instance, boot }), soon, lease);
    assert.equal(disabled.type === 'refuse' && disabled.code, 4403);
    const version = judgeClaim(slot(), hello({ instance, boot, versions: [2, 3] }), soon, lease);
    assert.equal(version.type === 'refuse' && version.code, 4426);
  });

  it('shows that the database is older than what its agent has seen of it', () => {
    const here = { id: '1', epoch: 4, instance, seq: 9 };
    const pair = { spaceId: 's', slotId: '1' };
    assert.ok(isRestored(here, 's', hello({ pair, lastEpoch: 5 })));
    assert.ok(!isRestored(here, 's', hello({ pair, lastEpoch: 4 })));
    assert.ok(isRestored(here, 's', hello({ pair, instance, lastEpoch: 4, maxSeen: 10 })));
    assert.ok(!isRestored(here, 's', hello({ pair, instance, lastEpoch: 4, maxSeen: 9 })));
    assert.ok(!isRestored(here, 's', hello({ pair, lastEpoch: 4, maxSeen: 10 })));
    assert.ok(!isRestored(here, 's', hello({ pair: null, lastEpoch: 5 })));
    assert.ok(!isRestored(here, 'other', hello({ pair, lastEpoch: 5 })));
    assert.ok(!isRestored(here, 's', hello({ pair, lastEpoch: Number.MAX_SAFE_INTEGER })));
  });

  it('is not kept longer by a wall clock that was set back', () => {
    assert.equal(judgeClaim(slot(), hello(), 1_000_000 - lease, lease).type, 'serve');
  });
});
