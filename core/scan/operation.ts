/** `networks.scan` as an operation: input checked and counted, credential files read, then the five steps. */
import { networkInterfaces } from 'node:os';
import {
  type Address,
  type AddressRange,
  type Clock,
  failure,
  type Logger,
  operation,
  parseRange,
  tryParseAddress,
} from '../contract/index.js';
import { type CredentialBook, type Keyring, type LastGood, type LockoutGuard, readBook } from '../credentials/index.js';
import type { ReadyMode, Roster } from '../plugin-host/index.js';
import type { Policy } from '../policy/index.js';
import type { Redactor } from '../runtime/index.js';
import { type ScanRecord, scanInput, scanRecord } from '../wire/index.js';
import { Scan } from './scan.js';
import { countAddresses } from './scope.js';
import { SharedLook } from './shared-look.js';
import { type ScanState, scanState } from './state.js';
import { openTrail } from './trail.js';

export interface ScanOperationParts {
  readonly roster: Roster;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
  readonly redactor: Redactor;
  readonly guard: LockoutGuard;
  /** For credential files with encrypted secrets. */
  readonly keyring?: Keyring | undefined;
  /** Without it what got in is known until the process ends. */
  readonly lastGood?: LastGood | undefined;
  /** Folder of the credential files. */
  readonly credentials: string;
  /** Folder of the trails that `ksocket explain` reads. */
  readonly trails: string;
  readonly modeName: string;
  readonly maxAddresses: number;
  readonly maxPacketRate: number | undefined;
  /** Hosts that are entered or inspected at once; undefined leaves it to the scan. */
  readonly hostsAtOnce?: number | undefined;
  /** False while orders come over a link that is not verified or not encrypted, unless the policy permits logins then. */
  readonly mayLogIn: boolean;
  /** Addresses of the space, which a scan leaves alone. */
  spaceAddresses(): Promise<readonly Address[]>;
}

const insecureLink: ScanRecord = {
  type: 'finding',
  kind: 'insecure-link',
  text: 'nothing was logged in to: the link to the space is not verified or not encrypted; loginsOverInsecureLink in policy.toml permits it',
};

/** The seed's bound on start addresses (65,536 in all); more is refused before any packet. */
export const maxStartAddresses = 65_536;

export function scanOperation(parts: ScanOperationParts) {
  const books = new Map<string, CredentialBook>();
  const looks = new Map<string, SharedLook>();
  const sharedLookOf = ({ mode, parts: mine }: ReadyMode): SharedLook | undefined => {
    if (mine.look === undefined) return undefined;
    const known = looks.get(mode.name) ?? new SharedLook((...call) => mine.look!(...call), parts.clock);
    looks.set(mode.name, known);
    return known;
  };
  return operation({
    name: 'networks.scan',
    doc: 'Find what is alive, log in where the credential files allow, and report it',
    input: scanInput,
    output: scanRecord,
    class: 'safe',
    async *run(call) {
      const start = call.input.start.map(parseRange);
      const count = countAddresses(start);
      if (count > maxStartAddresses) {
        throw failure('E_INPUT', `${count} start addresses are more than ${maxStartAddresses}`, {
          remedy: 'give smaller networks, or several scans',
        });
      }
      if (!parts.policy.permitsOperation('networks.scan'))
        throw failure('E_POLICY', 'operation networks.scan: policy.toml does not list it');
      const { collectors } = parts.roster;
      for (const { collector } of collectors) {
        const before = books.get(collector.name);
        const book = await readBook(parts.credentials, collector, parts.redactor, before, parts.keyring);
        // It is a memory: without it the files are tried in their own order.
        if (book !== before)
          await parts.lastGood
            ?.restore(collector.name, book)
            .catch((error: unknown) => parts.log.warn('what got in before is not known', { cause: error }));
        books.set(collector.name, book);
      }
      const { addresses: ownAddresses, onLink } = ownNetworks();
      const apart = new Map<Address, string>();
      for (const address of await parts.spaceAddresses()) apart.set(address, 'address of the space');
      for (const address of ownAddresses) apart.set(address, 'own address of the agent');
      const mode = modeOf(parts);
      const input = parts.mayLogIn ? call.input : { ...call.input, collect: false };
      const earlier = readState(call.resume);
      if (!parts.mayLogIn && (earlier === undefined || earlier.hosts.length > 0)) yield insecureLink;
      const at = new Date(parts.clock.now()).toISOString();
      const trail = await openTrail(parts.trails, at, parts.log, earlier?.trail);
      if (earlier === undefined) {
        const { allow, deny, collect } = input;
        trail.say({ is: 'scan', at, mode: parts.modeName, start: input.start, allow, deny, collect });
      } else trail.say({ is: 'resumed', at });
      const shared = sharedLookOf(mode);
      const scan = new Scan(
        {
          ...parts,
          mode,
          look: shared && ((addresses, scanCall) => shared.look(addresses, scanCall)),
          trail,
          watch: parts.guard.watch(),
          collectors,
          books,
          ownAddresses,
          apart,
          onLink,
          maxAddresses: Math.min(parts.maxAddresses, call.input.maxAddresses ?? parts.maxAddresses),
        },
        { ...call, input },
        earlier,
      );
      try {
        yield* scan.records();
      } finally {
        await trail.close();
        await parts.lastGood
          ?.save(books)
          .catch((error: unknown) => parts.log.warn('what got in is not kept', { cause: error }));
      }
    },
  });
}

/** @throws Failure E_UNSUPPORTED when the run before was of another version of this program */
function readState(resume: unknown): ScanState | undefined {
  if (resume === undefined) return undefined;
  const state = scanState.safeParse(resume);
  if (state.success) return state.data;
  throw failure('E_UNSUPPORTED', 'go on with a scan that another version began', { remedy: 'order the scan again' });
}

/** @throws Failure E_UNSUPPORTED naming the modes that there are. */
export function modeOf({ roster, modeName }: Pick<ScanOperationParts, 'roster' | 'modeName'>) {
  const mode = roster.modes.find((m) => m.mode.name === modeName);
  if (mode === undefined) {
    throw failure(
      'E_UNSUPPORTED',
      `scan mode ${modeName}: this version has ${roster.modes.map((m) => m.mode.name).join(', ')}`,
      { remedy: 'set operations.networksScanMode' },
    );
  }
  return mode;
}

function ownNetworks(): { addresses: Set<Address>; onLink: AddressRange[] } {
  const addresses = new Set<Address>();
  const onLink: AddressRange[] = [];
  for (const { address, cidr } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    const known = tryParseAddress(address);
    if (known === undefined) continue;
    addresses.add(known);
    if (cidr !== null && !known.includes(':')) onLink.push(parseRange(cidr));
  }
  return { addresses, onLink };
}
