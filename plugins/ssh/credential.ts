/** What a credential file in etc/ksocket/credentials/ssh may say, beside the `includes` and `excludes` that the core reads. */
import { type Address, secret, tryParseAddress } from 'ksocket/plugin';
import { z } from 'zod';

const hop = z
  .string()
  .refine((text) => tryParseAddress(text) !== undefined, 'write an IP address like 10.10.0.1')
  .transform((text): Address => tryParseAddress(text) ?? text);

const clientKey = z.strictObject({
  filename: z
    .string()
    .min(1)
    .meta({
      description:
        'Private key file, absolute or relative to the credential file. OpenSSH, PEM, PKCS#8 or PuTTY format.',
      examples: ['../../id_rsa.common'],
    }),
  passphrase: secret()
    .optional()
    .meta({ description: 'Passphrase of the private key, when it is encrypted.', examples: ['Common password'] }),
});

const account = z.strictObject({
  username: z
    .string()
    .min(1)
    .meta({ description: 'User name to log in as.', examples: ['john'] }),
  password: secret()
    .optional()
    .meta({
      description: 'Password, tried after the keys; it also answers keyboard-interactive password prompts.',
      examples: ['passw0rd'],
    }),
  clientKeys: z.array(clientKey).default([]).describe('Private keys to try, in this order.'),
});

export const credential = z.strictObject({
  port: z.number().int().min(1).max(65535).default(22).describe('TCP port of the SSH server.'),
  timeout: z
    .number()
    .positive()
    .max(3600)
    .default(5)
    .describe('Seconds that connecting may take, and again seconds that logging in may take.'),
  sshTunnels: z
    .array(hop)
    .default([])
    .meta({
      description: 'Addresses of the SSH hosts to go through, the first one nearest to the agent.',
      examples: [['10.10.0.1', '10.10.0.3']],
    }),
  account: account.describe('Who logs in, and with what.'),
  allowPasswordToNewHost: z
    .boolean()
    .default(true)
    .describe('false refuses a host whose host key is not stored yet, before anything secret is sent to it.'),
  legacyAlgorithms: z
    .boolean()
    .default(false)
    .describe('true also permits SHA-1 and CBC algorithms, for servers that know nothing better.'),
  sudo: z
    .boolean()
    .default(false)
    .describe(
      'true permits `sudo -n`, or `doas -n` where there is no sudo, for commands that only root may run; they only read.',
    ),
});

export type SshCredential = z.output<typeof credential>;
export type Account = SshCredential['account'];
