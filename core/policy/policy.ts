/**
 * The operator's local policy, etc/ksocket/policy.toml. It outranks every order of the space. Without the file everything is
 * permitted, as in the product that Ksocket follows.
 */
import { z } from 'zod';
import { type Address, AddressSet, type Failure, failure, parseRange } from '../contract/index.js';

const ranges = z.array(z.string()).transform((texts, context) => {
  try {
    return texts.map(parseRange);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

export const policySchema = z.strictObject({
  allow: ranges.optional().describe('Networks that may be touched; without it all'),
  deny: ranges.default([]).describe('Networks that are never touched; wins over allow'),
  denyPorts: z.array(z.number().int().min(1).max(65_535)).default([]).describe('Ports that are never connected to'),
  operations: z.array(z.string()).optional().describe('Operations that the space may order; without it all'),
  collectors: z.array(z.string()).optional().describe('Collectors that may log in; without it all'),
  maxPacketRate: z.number().int().min(1).optional().describe('Packets a second that no scan exceeds'),
  hostKeys: z
    .enum(['accept-new', 'strict'])
    .default('accept-new')
    .describe(
      'accept-new: the key of a new host is stored and told as a finding; strict: only known hosts get a login',
    ),
  loginsOverInsecureLink: z
    .boolean()
    .default(false)
    .describe('May log in to hosts while the link to the space is not verified or not encrypted'),
});

export type PolicyFile = z.output<typeof policySchema>;

export class Policy {
  readonly #allow: AddressSet | undefined;
  readonly #deny: AddressSet;

  constructor(private readonly file: PolicyFile) {
    this.#allow = file.allow && new AddressSet(file.allow);
    this.#deny = new AddressSet(file.deny);
  }

  static readonly open = new Policy(policySchema.parse({}));

  /** Why this address, or this port of it, may not be touched; undefined when it may. */
  refuses(address: Address, port?: number): string | undefined {
    const denied = this.#deny.match(address);
    if (denied !== undefined) return `policy.toml denies ${denied.text}`;
    if (this.#allow !== undefined && !this.#allow.has(address)) return 'policy.toml does not allow it';
    if (port !== undefined && this.file.denyPorts.includes(port)) return `policy.toml denies port ${port}`;
    return undefined;
  }

  /** Asked at the last moment before a socket is opened. */
  refusal(address: Address, port: number): Failure | undefined {
    const reason = this.refuses(address, port);
    return reason === undefined ? undefined : failure('E_POLICY', `connect to ${address} port ${port}: ${reason}`);
  }

  permitsOperation(name: string): boolean {
    return this.file.operations === undefined || this.file.operations.includes(name);
  }

  permitsCollector(name: string): boolean {
    return this.file.collectors === undefined || this.file.collectors.includes(name);
  }

  get hostKeys(): PolicyFile['hostKeys'] {
    return this.file.hostKeys;
  }

  get loginsOverInsecureLink(): boolean {
    return this.file.loginsOverInsecureLink;
  }

  get maxPacketRate(): number | undefined {
    return this.file.maxPacketRate;
  }
}
