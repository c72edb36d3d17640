/**
 * Strict key exchange (CVE-2023-48795, “Terrapin”) between us and Debian’s OpenSSH, with a man in the middle who can do what everybody on
 * the way can: put packets in while nothing is encrypted, take some out, and change what is offered.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { FailureCode } from 'ksocket/plugin';
import { offerIn } from './offer.js';
import { agent, failureOf } from './testing/agent.js';
import { noOpenSsh, type OpenSsh, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();
const newKeys = 21;
const kexInit = 20;

/** RFC 4253, 6: length, length of the padding, payload, padding, while nothing is encrypted. */
function packet(payload: Buffer): Buffer {
  const padding = 8 - ((5 + payload.length) % 8) + 8;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}
/** SSH_MSG_IGNORE with no data: it says nothing, and counts. */
const ignore = packet(Buffer.from([2, 0, 0, 0, 0]));

type Change = (type: number, whole: Buffer) => readonly Buffer[];

/** Cuts one direction into its packets, up to and with NEWKEYS, and hands each to `change`; what follows passes as it is. */
function changer(change: Change, encrypted: (chunk: Buffer, index: number) => Buffer) {
  let rest = Buffer.alloc(0);
  let line = false;
  let isOver = false;
  let chunks = 0;
  return (chunk: Buffer): Buffer => {
    if (isOver) return encrypted(chunk, chunks++);
    rest = Buffer.concat([rest, chunk]);
    const out: Buffer[] = [];
    if (!line) {
      const end = rest.indexOf(10) + 1;
      if (end === 0) return Buffer.alloc(0);
      line = true;
      out.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    while (!isOver && rest.length >= 6 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const whole = rest.subarray(0, 4 + rest.readUInt32BE(0));
      rest = rest.subarray(whole.length);
      out.push(...change(whole[5] ?? 0, whole));
      isOver = whole[5] === newKeys;
    }
    if (isOver && rest.length > 0) {
      out.push(encrypted(rest, chunks++));
      rest = Buffer.alloc(0);
    }
    return Buffer.concat(out);
  };
}

const unchanged = (chunk: Buffer): Buffer => chunk;

describe('with an OpenSSH server', { skip: unavailable ?? false }, () => {
  let server: OpenSsh;
  before(async () => {
    // The mode that the attack needs.
    server = await startOpenSsh({ config: ['Ciphers chacha20-poly1305@openssh.com'] });
  });
  after(() => server?.stop());

  async function through<T>(
    fromServer: { change?: Change; encrypted?: (chunk: Buffer, index: number) => Buffer },
    use: (input: Record<string, unknown>) => Promise<T>,
    fromClient: Change = (_, whole) => [whole],
  ): Promise<T> {
    const middle = createServer((near) => {
      const far = connect(server.port, '127.0.0.1');
      const toNear = changer(fromServer.change ?? ((_, whole) => [whole]), fromServer.encrypted ?? unchanged);
      const toFar = changer(fromClient, unchanged);
      far.on('data', (chunk: Buffer) => near.write(toNear(chunk)));
      near.on('data', (chunk: Buffer) => far.write(toFar(chunk)));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const)
        one.on('error', () => undefined).on('close', () => other.destroy());
    }).listen(0, '127.0.0.1');
    await once(middle, 'listening');
    try {
      const { port } = middle.address() as { port: number };
      return await use({ port, timeout: 2, account: { username, password: server.password } });
    } finally {
      middle.close();
      await once(middle, 'close');
    }
  }

  test('both ends offer strict key exchange, and a man in the middle who changes nothing is not noticed', async () => {
    const seen: Buffer[] = [];
    const look: Change = (type, whole) => {
      if (type === kexInit) seen.push(whole);
      return [whole];
    };
    await through({ change: look }, async (input) => (await agent().open(input)).close(), look);
    const texts = seen.map((it) => it.toString('latin1'));
    assert.equal(texts.filter((it) => it.includes('kex-strict-s-v00@openssh.com')).length, 1);
    assert.equal(texts.filter((it) => it.includes('kex-strict-c-v00@openssh.com')).length, 1);
  });

  const attacks: [
    what: string,
    change: Change | undefined,
    encrypted: typeof unchanged | undefined,
    code: FailureCode,
  ][] = [
    [
      'a packet before the server’s offer',
      (type, whole) => (type === kexInit ? [ignore, whole] : [whole]),
      undefined,
      'E_PROTOCOL',
    ],
    [
      'a packet before the end of the key exchange',
      (type, whole) => (type === newKeys ? [ignore, whole] : [whole]),
      undefined,
      'E_PROTOCOL',
    ],
    [
      'an offer without the mark of strict key exchange',
      (type, whole) =>
        type === kexInit
          ? [Buffer.from(whole.toString('latin1').replace('kex-strict-s', 'kex-strict-x'), 'latin1')]
          : [whole],
      undefined,
      'E_PROTOCOL',
    ],
  ];
  for (const [what, change, encrypted, code] of attacks) {
    test(`${what} ends the login before the account is named`, () =>
      through({ ...(change && { change }), ...(encrypted && { encrypted }) }, async (input) => {
        const { open, host } = agent();
        const error = await failureOf(open(input), code, [server.password]);
        assert.ok(!['E_LOGIN', 'E_LOGIN_METHOD'].includes(error.code));
        assert.equal(await host.state.read('known_hosts'), undefined, 'nothing of the host is believed');
      }));
  }

  test('the first encrypted packet of the server cannot be taken out', () =>
    through({ encrypted: (chunk, index) => (index === 0 ? Buffer.alloc(0) : chunk) }, async (input) => {
      const opening = agent().open(input);
      const error = await opening.then(
        () => assert.fail('must not get in'),
        (it: { code: FailureCode }) => it,
      );
      assert.ok(['E_PROTOCOL', 'E_TIMEOUT'].includes(error.code), error.code);
    }));
});

test('an offer is read from any pieces, and what is none is told from one that has not come whole', () => {
  const list = (text: string) => {
    const bytes = Buffer.alloc(4 + text.length);
    bytes.writeUInt32BE(text.length);
    bytes.write(text, 4);
    return bytes;
  };
  const lists = ['kex-strict-s-v00@openssh.com,a', 'b', 'c', 'c', 'd', 'd', 'none', 'none', '', ''].map(list);
  const whole = Buffer.concat([
    Buffer.from('SSH-2.0-x\r\n'),
    ignore,
    packet(Buffer.concat([Buffer.from([kexInit]), Buffer.alloc(16), ...lists, Buffer.alloc(5)])),
  ]);
  for (let length = 0; length < whole.length; length += 1) assert.equal(offerIn(whole.subarray(0, length)), undefined);
  const offer = offerIn(whole);
  assert.ok(typeof offer === 'object');
  assert.deepEqual(
    [offer.kex.at(-1), offer.serverHostKey, offer.cipher, offer.hmac, offer.strict],
    ['a', ['b'], ['c'], ['d'], true],
  );
  assert.equal(offerIn(Buffer.concat([Buffer.from('SSH-2.0-x\n'), Buffer.alloc(8, 0xff)])), 'none');
  assert.equal(offerIn(Buffer.concat([Buffer.from('SSH-2.0-x\n'), packet(Buffer.from([kexInit, 1, 2]))])), 'none');
});
