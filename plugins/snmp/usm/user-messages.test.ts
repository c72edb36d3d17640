/** What is believed of an agent, or of somebody who stands in its place; without a socket, so that every octet can be tried. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Failure } from 'ksocket/plugin';
import { testHost } from 'ksocket/testing';
import { readCommunityMessage, uptimeRequest } from '../community.js';
import type { Context, Heard } from '../messages.js';
import { type Asked, counter, messageIdOf, type Otherwise, TestEngine, userOf } from '../testing/engine.js';
import { authDataOf, testUser } from '../testing/users.js';
import * as wire from '../testing/wire.js';
import { readMessage } from './message.js';
import { UserMessages } from './user-messages.js';

const place = 'ask 192.0.2.1:161 by SNMP v3 as john';
const authPriv = authDataOf(testUser('usmHMAC192SHA256AuthProtocol', 'usmAesCfb128Protocol'));
const longKey = authDataOf(testUser('usmHMACMD5AuthProtocol', 'usmAesCfb256Protocol'));
/** Of another secret, of which nothing is remembered. */
const newLongKey = { ...longKey, privKey: 'canary-of-its-own' };
const noAuth = { username: 'john' };
const { pdu } = readCommunityMessage(uptimeRequest('', 1))!;
const varbinds = [wire.varbind('1.3.6.1.2.1.1.3.0', wire.number(4711, 0x43))];

/** Both sides, and a clock that stands until it is moved. */
class Exchange {
  readonly engine: TestEngine;
  readonly messages: UserMessages;
  /** Everything that was sent. */
  readonly sent: Buffer[] = [];
  milliseconds = 5_000_000;

  constructor(authData: Record<string, unknown> = authPriv, contextName = '') {
    const user = userOf(authData);
    this.engine = new TestEngine(user);
    const { random } = testHost({});
    this.messages = new UserMessages({ user, contextName, place, random, monotonic: () => this.milliseconds });
  }

  ask(context?: Context): Buffer {
    return this.#kept(this.messages.ask(pdu, context));
  }

  /** What is made of a secret may leave here. */
  hear(datagram: Buffer): Heard | undefined {
    let heard = this.messages.hear(datagram);
    if (heard && 'secret' in heard) heard = { send: heard.secret() };
    if (heard && 'send' in heard) this.#kept(heard.send);
    return heard;
  }

  unanswered(isLast: boolean): Heard | undefined {
    const heard = this.messages.unanswered(isLast);
    if (heard && 'send' in heard) this.#kept(heard.send);
    return heard;
  }

  #kept(datagram: Buffer): Buffer {
    this.sent.push(datagram);
    return datagram;
  }

  /** What the last datagram asks. */
  get asked(): Asked {
    return this.engine.read(this.sent.at(-1)!)!;
  }

  /** The right answer to the last datagram, or one that differs. */
  answer(otherwise: Otherwise = {}): Buffer {
    return this.engine.respond(this.asked, varbinds, otherwise);
  }

  /** After the discovery, with a question on its way. */
  static asking(authData?: Record<string, unknown>, contextName?: string): Exchange {
    const it = new Exchange(authData, contextName);
    it.hear(it.engine.discovered(it.ask()));
    return it;
  }

  /** After one answer, with the next question on its way. */
  static known(authData?: Record<string, unknown>): Exchange {
    const it = Exchange.asking(authData);
    assert.ok('pdu' in it.hear(it.answer())!);
    it.ask();
    return it;
  }
}

const clear: Otherwise = { flags: { auth: false, priv: false } };

function failureIn(heard: Heard | undefined): Failure {
  assert.ok(heard && 'failure' in heard && heard.failure instanceof Failure, inspect(heard));
  return heard.failure;
}

test('Only the first message that is made of a secret is asked for, and it is made when it may leave', () => {
  const it = new Exchange();
  const first = it.messages.hear(it.engine.discovered(it.ask()));
  assert.ok(first && 'secret' in first);
  it.milliseconds += 60_000;
  it.sent.push(first.secret());
  assert.equal(it.asked.message.engine.time, 1060);
  it.engine.id = Buffer.from('80001f88046f74686572', 'hex');
  const moved = it.engine.report(it.asked, counter.unknownEngineIds, clear);
  assert.ok('send' in it.messages.hear(moved)!, 'another engine ID is no other login');
  const nobody = new Exchange(noAuth);
  assert.ok('send' in nobody.messages.hear(nobody.engine.discovered(nobody.ask()))!);
});

test('The first question finds the engine, and then asks as the user', () => {
  const it = new Exchange();
  const discovery = it.ask();
  assert.ok(!discovery.includes('HMAC192'), 'a discovery names nobody');
  const heard = it.hear(it.engine.discovered(discovery));
  assert.ok(heard && 'send' in heard);
  const { message, request } = it.asked;
  assert.deepEqual(message.flags, { auth: true, priv: true, reportable: true });
  assert.deepEqual([message.engine.boots, message.engine.time], [3, 1000]);
  assert.deepEqual(request.oids, ['1.3.6.1.2.1.1.3.0']);
  const answered = it.hear(it.answer());
  assert.ok(answered && 'pdu' in answered);
  it.milliseconds += 7000;
  it.ask();
  assert.equal(it.asked.message.engine.time, 1007);
});

test('What is less secure than the question is no answer', () => {
  const it = Exchange.asking();
  assert.equal(it.hear(it.answer(clear)), undefined);
  assert.equal(it.hear(it.answer({ flags: { priv: false } })), undefined);
  assert.ok('pdu' in it.hear(it.answer())!);
});

const engineId = new TestEngine(userOf(authPriv)).id;
test('A digest by another protocol, shorter than that of the user, is no answer', () => {
  const it = Exchange.known();
  const shorter = { ...authPriv, authProtocol: 'usmHMACSHAAuthProtocol' };
  assert.equal(it.hear(new TestEngine(userOf(shorter)).respond(it.asked, varbinds)), undefined);
});

const wrong: Record<string, Otherwise> = {
  'another message id': { messageId: 1 },
  'another engine': { engineId: Buffer.from('8000000001020304', 'hex') },
  'another engine that speaks for this one': {
    engineId: Buffer.from('8000000001020304', 'hex'),
    contextEngineId: engineId,
  },
  'another user': { user: 'somebody' },
  'another context': { contextName: 'vlan-1' },
  'the context of another engine': { contextEngineId: Buffer.from('8000000001020304', 'hex') },
  'fewer starts than before': { boots: 2 },
  'a time 151 seconds ago': { time: 849 },
  'the last number of starts there is': { boots: 2 ** 31 - 1 },
};
for (const [what, otherwise] of Object.entries(wrong)) {
  test(`A message of ${what} is no answer, though its digest is right`, () => {
    const it = Exchange.known();
    assert.equal(it.hear(it.answer(otherwise)), undefined);
  });
}

test('Answers may come up to 150 seconds late, and an engine may run ahead or start again', () => {
  for (const otherwise of [{ time: 851 }, { time: 90_000 }, { boots: 4, time: 0 }]) {
    const it = Exchange.known();
    assert.ok('pdu' in it.hear(it.answer(otherwise))!, inspect(otherwise));
  }
});

test('A question and an earlier answer, sent back, are no answer', () => {
  const it = Exchange.asking();
  const answer = it.answer();
  assert.equal(it.hear(it.sent.at(-1)!), undefined);
  assert.ok('pdu' in it.hear(answer)!);
  it.ask();
  assert.equal(it.hear(answer), undefined);
});

test('No single octet of an answer can be changed, cut off or added', () => {
  const it = Exchange.known();
  const answer = it.answer();
  for (let at = 0; at < answer.length; at++) {
    assert.equal(it.hear(answer.subarray(0, at)), undefined, `${at} octets`);
    for (const bits of [1, 0x80, 0xff]) {
      const bytes = Buffer.from(answer);
      bytes[at]! ^= bits;
      assert.equal(it.hear(bytes), undefined, `octet ${at} ^ ${bits}`);
    }
  }
  assert.equal(it.hear(Buffer.concat([answer, Buffer.from([0])])), undefined);
  assert.ok('pdu' in it.hear(answer)!);
});

test('An engine ID has 5 to 32 octets', () => {
  for (const octets of [0, 4, 33, 1000]) {
    const it = new Exchange();
    const engineId = Buffer.alloc(octets, 0x80);
    assert.equal(it.hear(it.engine.discovered(it.ask(), { engineId })), undefined, `${octets}`);
  }
  for (const octets of [5, 32]) {
    const it = new Exchange();
    assert.ok('send' in it.hear(it.engine.discovered(it.ask(), { engineId: Buffer.alloc(octets, 0x80) }))!);
  }
});

const reports: [keyof typeof counter, code: string, remedy: RegExp][] = [
  ['unknownUserNames', 'E_LOGIN', /authData\.username/],
  ['wrongDigests', 'E_LOGIN', /authData\.authKey/],
  ['decryptionErrors', 'E_LOGIN', /authData\.privKey/],
  ['unsupportedSecLevels', 'E_UNSUPPORTED', /authPriv/],
  ['unavailableContexts', 'E_UNSUPPORTED', /contextName/],
  ['unknownContexts', 'E_UNSUPPORTED', /contextName/],
];
for (const [name, code, remedy] of reports) {
  test(`A report of ${name} is ${code}, and names the field`, () => {
    for (const otherwise of [clear, { flags: { priv: false } }, {}]) {
      const it = Exchange.asking();
      const failure = failureIn(it.hear(it.engine.report(it.asked, counter[name], otherwise)));
      assert.deepEqual([failure.code, failure.place], [code, place]);
      assert.match(failure.remedy ?? '', remedy);
      assert.equal(it.hear(it.answer()), undefined, 'the question is over');
    }
  });
}

test('A report of a counter that nobody knows ends the question', () => {
  const it = Exchange.asking();
  assert.equal(failureIn(it.hear(it.engine.report(it.asked, '1.3.6.1.4.1.1.0', clear))).code, 'E_PROTOCOL');
});

test('A VLAN that the agent does not have is told as such', () => {
  const it = Exchange.known();
  it.ask({ vlan: 10 });
  assert.equal(it.asked.contextName, 'vlan-10');
  const failure = failureIn(it.hear(it.engine.report(it.asked, counter.unknownContexts, { flags: { priv: false } })));
  assert.equal(failure.remedy, 'the agent has no context vlan-10');
});

test('A question out of the time window is asked once more, with the time of the agent', () => {
  for (const agent of [
    { boots: 9, time: 5 },
    { boots: 3, time: 99_999 },
    { boots: 1, time: 1 },
  ]) {
    const it = Exchange.known();
    const report = () => it.engine.report(it.asked, counter.notInTimeWindows, { flags: { priv: false } });
    Object.assign(it.engine, agent);
    const heard = it.hear(report());
    assert.ok(heard && 'send' in heard, inspect(heard));
    const { boots, time } = it.asked.message.engine;
    assert.deepEqual({ boots, time }, agent);
    assert.ok('pdu' in it.hear(it.answer())!);
    it.ask();
    it.hear(report());
    assert.equal(failureIn(it.hear(report())).code, 'E_PROTOCOL');
  }
});

test('A time that nobody has signed does not take the place of one that somebody has', () => {
  const it = Exchange.known();
  it.engine.boots = 99;
  assert.equal(it.hear(it.engine.report(it.asked, counter.notInTimeWindows, clear)), undefined);
  it.ask();
  assert.equal(it.asked.message.engine.boots, 3);
});

test('An engine that has changed is asked by its new ID, once', () => {
  const it = Exchange.known();
  it.engine.id = Buffer.from('80000000010203040506', 'hex');
  const unknown = () => it.engine.discovered(it.sent.at(-1)!);
  assert.ok('send' in it.hear(unknown())!);
  assert.ok(it.asked, 'signed with the key of the new engine');
  it.engine.id = Buffer.from('80000000010203040507', 'hex');
  assert.equal(failureIn(it.hear(unknown())).code, 'E_PROTOCOL');
});

test('A key that the agent cannot decrypt is made longer in the other way, once', () => {
  const it = Exchange.asking(longKey);
  const refused = () => {
    const message = readMessage(it.sent.at(-1)!)!;
    return it.hear(it.engine.report({ ...it.asked, message }, counter.decryptionErrors, { flags: { priv: false } }));
  };
  const first = it.sent.at(-1)!;
  assert.ok('send' in refused()!);
  assert.equal(readMessage(it.sent.at(-1)!)?.flags.priv, true);
  assert.notEqual(readMessage(first)?.messageId, readMessage(it.sent.at(-1)!)?.messageId);
  assert.equal(failureIn(refused()).code, 'E_LOGIN');
  const known = Exchange.known(longKey);
  const report = known.engine.report(known.asked, counter.decryptionErrors);
  assert.equal(failureIn(known.hear(report)).code, 'E_LOGIN', 'what was understood is not doubted');
});

test('A silence to the first encrypted question is looked into without asking for anything', () => {
  const it = Exchange.asking();
  assert.equal(it.unanswered(false), undefined, 'it will be asked again');
  assert.ok('send' in it.unanswered(true)!);
  const { message, request } = it.asked;
  assert.deepEqual(message.flags, { auth: true, priv: false, reportable: true });
  assert.deepEqual(request.oids, []);
  assert.equal(it.hear(it.answer({ flags: { auth: false, priv: false } })), undefined);
  assert.ok('send' in it.hear(it.answer({ flags: { priv: false } }))!);
  assert.equal(it.asked.message.flags.priv, true, 'the question again');
  const failure = failureIn(it.unanswered(true));
  assert.deepEqual([failure.code, /authData\.privKey/.test(failure.remedy ?? '')], ['E_LOGIN', true]);
});

test('A question that only got lost is answered when it is asked again', () => {
  const it = Exchange.asking(newLongKey);
  assert.ok('send' in it.unanswered(true)!, 'the other key');
  assert.ok('send' in it.unanswered(true)!, 'the empty question');
  assert.ok('send' in it.hear(it.answer({ flags: { priv: false } }))!);
  assert.ok('pdu' in it.hear(it.answer())!, 'with the first key');
  it.ask();
  assert.equal(it.unanswered(true), undefined, 'from now on a silence is a silence');
});

test('Both ways of making the key longer are tried again before the password is blamed', () => {
  const it = Exchange.asking({ ...longKey, privKey: 'canary-of-another' });
  it.unanswered(true);
  it.unanswered(true);
  it.hear(it.answer({ flags: { priv: false } }));
  assert.ok('send' in it.unanswered(true)!, 'the other key');
  assert.equal(failureIn(it.unanswered(true)).code, 'E_LOGIN');
});

test('An agent that wants this user encrypted only tells nothing of a silence', () => {
  const it = Exchange.asking();
  it.unanswered(true);
  assert.equal(it.hear(it.engine.report(it.asked, counter.unsupportedSecLevels, clear)), undefined);
  assert.equal(it.unanswered(true), undefined);
  assert.match(it.messages.silence, /speaks SNMPv3/);
});

test('A user without authentication is asked in clear text, and believed so', () => {
  const it = Exchange.asking(noAuth);
  assert.deepEqual(it.asked.message.flags, { auth: false, priv: false, reportable: true });
  assert.equal(it.hear(it.answer({ user: 'jim' })), undefined);
  assert.ok('pdu' in it.hear(it.answer())!);
});

const anything = fc.record({
  oid: fc.constantFrom(...Object.values(counter), '1.3.6.1.4.1.1.0'),
  level: fc.constantFrom<Otherwise>({}, clear, { flags: { priv: false } }),
  boots: fc.nat(9),
  time: fc.nat(2000),
  engine: fc.constantFrom('80000000010203040506', '80001f8804746573742d656e67696e65', '8000000001020304'),
  silent: fc.boolean(),
});

test('Whatever reports come, a question is asked a few times at most, and nothing weaker is ever sent', () => {
  fc.assert(
    fc.property(
      fc.array(anything, { minLength: 30, maxLength: 30 }),
      fc.constantFrom(authPriv, longKey),
      (list, who) => {
        const it = Exchange.asking(who);
        for (const { oid, level, boots, time, engine, silent } of list) {
          Object.assign(it.engine, { boots, time });
          const message = readMessage(it.sent.at(-1)!)!;
          const report = it.engine.report({ ...it.asked, message }, oid, {
            ...level,
            engineId: Buffer.from(engine, 'hex'),
          });
          const heard = silent ? it.unanswered(true) : it.hear(report);
          if (heard && 'pdu' in heard) assert.fail('a report is no answer');
        }
        // Discovery, question, new engine, new time, other key, empty question, and both keys again.
        assert.ok(it.sent.length <= 9, `${it.sent.length} datagrams`);
        for (const datagram of it.sent.slice(1)) {
          const { flags, data } = readMessage(datagram)!;
          assert.ok(flags.auth);
          assert.ok(flags.priv || data.length < 60, 'only the empty question is not encrypted');
          assert.ok(!datagram.includes('canary'));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('Whatever octets arrive, reading them neither throws nor takes long', () => {
  const it = Exchange.known();
  const answer = it.answer();
  const discovered = it.engine.discovered(it.sent[0]!);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void readMessage(Buffer.from(bytes))));
  const mutation = fc.tuple(fc.nat(2000), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.boolean(), (mutations, isAnswer) => {
      const bytes = Buffer.from(isAnswer ? answer : discovered);
      for (const [at, value] of mutations) bytes[at % bytes.length] = value;
      const heard = it.hear(bytes);
      assert.ok(heard === undefined || bytes.equals(answer) || 'failure' in heard || !isAnswer, inspect(heard));
    }),
    { numRuns: 2000 },
  );
  assert.ok(messageIdOf(answer) > 0);
});
