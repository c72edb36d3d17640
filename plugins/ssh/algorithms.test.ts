/**
 * Every algorithm that Debian’s OpenSSH and we both know, each as the only one that the server permits; and what is said to a server that
 * permits only what we do not take.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { algorithms, legacyAlgorithms } from './algorithms.js';
import { isOpenToPrefixTruncation } from './offer.js';
import { agent, failureOf, getsIn } from './testing/agent.js';
import { type HostKeyType, noOpenSsh, type OpenSshOptions, startOpenSsh, username } from './testing/openssh.js';

const unavailable = noOpenSsh();

async function serving(options: OpenSshOptions, use: (input: Record<string, unknown>) => Promise<void>): Promise<void> {
  const server = await startOpenSsh(options);
  try {
    await use({ port: server.port, account: { username, password: server.password } });
  } finally {
    await server.stop();
  }
}

interface Only {
  readonly kex?: string;
  readonly cipher?: string;
  readonly mac?: string;
  readonly hostKey?: string;
}

const hostKeyTypes: Record<string, HostKeyType> = {
  'ssh-ed25519': 'ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa',
  'ecdsa-sha2-nistp384': 'ecdsa384',
  'ecdsa-sha2-nistp521': 'ecdsa521',
  'rsa-sha2-512': 'rsa',
  'rsa-sha2-256': 'rsa',
  'ssh-rsa': 'rsa',
};

function only({ kex, cipher, mac, hostKey = 'ssh-ed25519' }: Only): OpenSshOptions {
  const lines = [
    ['KexAlgorithms', kex],
    ['Ciphers', cipher],
    ['MACs', mac],
    ['HostKeyAlgorithms', hostKey],
  ];
  return {
    hostKeys: [hostKeyTypes[hostKey] ?? 'ed25519'],
    config: lines.filter(([, value]) => value !== undefined).map((it) => it.join(' ')),
  };
}

const known = (kind: string) => new Set(execFileSync('ssh', ['-Q', kind], { encoding: 'utf8' }).trim().split('\n'));

/** Each of the lists as one column: what stands in one row is all that one server permits. */
function table(lists: {
  kex: readonly string[];
  cipher: readonly string[];
  mac: readonly string[];
  hostKey: readonly string[];
}) {
  const { kex, cipher, mac, hostKey } = lists;
  const rows = Math.max(kex.length, cipher.length, mac.length, hostKey.length);
  const at = (list: readonly string[], row: number) => list[row % list.length] as string;
  return Array.from(
    { length: rows },
    (_, row): Required<Only> => ({
      kex: at(kex, row),
      cipher: at(cipher, row),
      mac: at(mac, row),
      hostKey: at(hostKey, row),
    }),
  );
}

const modern = algorithms({ knownTypes: [], legacy: false }) as Record<string, string[]>;

describe('with an OpenSSH server', { skip: unavailable ?? false }, () => {
  const ours = {
    kex: modern.kex ?? [],
    // A cipher that authenticates itself uses no MAC, so those that need one come first, as many as there are MACs.
    cipher: [
      'aes128-ctr',
      'aes192-ctr',
      'aes256-ctr',
      'aes128-ctr',
      ...(modern.cipher ?? []).filter((it) => !it.endsWith('-ctr')),
    ],
    mac: modern.hmac ?? [],
    hostKey: modern.serverHostKey ?? [],
  };

  test('all that we offer is known to OpenSSH, so that the table below holds all of it', () => {
    const lists = [
      [ours.kex, 'kex'],
      [modern.cipher ?? [], 'cipher'],
      [ours.mac, 'mac'],
      [ours.hostKey, 'HostKeyAlgorithms'],
    ] as const;
    for (const [list, kind] of lists)
      assert.deepEqual(
        list.filter((it) => !known(kind).has(it)),
        [],
      );
  });

  for (const row of table(ours)) {
    test(`${Object.values(row).join(', ')} get in`, () => serving(only(row), (input) => getsIn(input)));
  }

  const old = {
    kex: legacyAlgorithms.kex,
    cipher: legacyAlgorithms.cipher,
    mac: legacyAlgorithms.hmac,
    hostKey: legacyAlgorithms.serverHostKey,
  };
  for (const row of table(old)) {
    test(`${Object.values(row).join(', ')} get in only where legacyAlgorithms says so`, () =>
      serving(only(row), async (input) => {
        const error = await failureOf(agent().open(input), 'E_UNSUPPORTED');
        for (const name of Object.values(row)) assert.ok(error.message.includes(name), error.message);
        assert.match(error.remedy ?? '', /legacyAlgorithms = true/);
        await getsIn({ ...input, legacyAlgorithms: true });
      }));
  }

  for (const [what, options, says, remedy] of [
    [
      'a post-quantum key exchange',
      only({ kex: 'sntrup761x25519-sha512@openssh.com' }),
      /key exchange sntrup761x25519-sha512@openssh\.com/,
      /permit curve25519-sha256 in KexAlgorithms/,
    ],
    [
      'group exchange',
      only({ kex: 'diffie-hellman-group-exchange-sha256' }),
      /key exchange diffie-hellman-group-exchange-sha256/,
      /permit curve25519-sha256 in KexAlgorithms/,
    ],
    [
      'UMAC',
      only({ cipher: 'aes128-ctr', mac: 'umac-128-etm@openssh.com' }),
      /MAC umac-128-etm@openssh\.com/,
      /in MACs/,
    ],
    [
      'certificates as host keys',
      { ...only({ hostKey: 'ssh-ed25519-cert-v01@openssh.com' }), certified: true },
      /host key ssh-ed25519-cert-v01@openssh\.com/,
      /permit ssh-ed25519 or rsa-sha2-512 in HostKeyAlgorithms/,
    ],
  ] as [string, OpenSshOptions, RegExp, RegExp][]) {
    test(`a server that permits only ${what} is named as such, with what to permit`, () =>
      serving(options, async (input) => {
        const error = await failureOf(agent().open(input), 'E_UNSUPPORTED');
        assert.match(error.message, says);
        assert.match(error.remedy ?? '', remedy);
        assert.doesNotMatch(error.remedy ?? '', /legacy/);
      }));
  }

  test('a host with a certificate beside its key is known by the key', () =>
    serving({ certified: true }, async (input) => {
      const { open, host } = agent();
      await (await open(input)).close();
      assert.doesNotMatch((await host.state.read('known_hosts')) ?? '', /cert/);
    }));
});

test('what is open to dropped packets without strict key exchange is ChaCha20, and CBC with a MAC over the ciphertext', () => {
  const open = (cipher: string, mac: string) => isOpenToPrefixTruncation(cipher, mac);
  assert.ok(open('chacha20-poly1305@openssh.com', ''));
  assert.ok(open('aes128-cbc', 'hmac-sha2-256-etm@openssh.com'));
  assert.ok(!open('aes128-cbc', 'hmac-sha1'));
  assert.ok(!open('aes128-ctr', 'hmac-sha2-256-etm@openssh.com'));
  assert.ok(!open('aes256-gcm@openssh.com', ''));
});
