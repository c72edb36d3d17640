/** A world for the tests of the scan: one scan mode and one collector that do what the test says, and a scan of it. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { testLogger } from '../../../test/kit/index.js';
import { findHome } from '../../config/index.js';
import {
  type Call,
  type Candidate,
  Checkpoint,
  type Clock,
  collector,
  failure,
  type Neighbour,
  type Plugin,
  type Progress,
  type ScanModeParts,
  type Session,
  type Sighting,
  scanMode,
  secret,
  section,
} from '../../contract/index.js';
import { guardIn } from '../../credentials/index.js';
import { assembleNodes, type TrailEvent, trailEvent } from '../../inventory/index.js';
import { setUp } from '../../plugin-host/index.js';
import { Policy, policySchema } from '../../policy/index.js';
import { Redactor, systemClock, systemRandom } from '../../runtime/index.js';
import { type ScanInput, type ScanRecord, scanInput } from '../../wire/index.js';
import { scanOperation } from '../index.js';

/** Who is alive, and whom each knows. */
export interface World {
  readonly alive: readonly string[];
  readonly neighbours?: Record<string, string[]>;
  readonly candidates?: Candidate[];
  readonly open?: (address: string, call: Call, credential: unknown) => Promise<Session> | undefined;
  /** The field of the credential files that lists hops. */
  readonly tunnels?: string;
  readonly look?: ScanModeParts['look'];
}

function plugins(world: World, log: string[]): Plugin[] {
  return [
    scanMode({
      name: 'intranet',
      doc: '',
      setup: () => ({
        async *candidates(scan) {
          for (const range of scan.start) yield { range, source: 'start' };
          yield* world.candidates ?? [];
        },
        look:
          world.look ??
          async function* (addresses) {
            for (const address of addresses) {
              log.push(`look ${address}`);
              yield {
                addresses: [address],
                alive: world.alive.includes(address) ? 'yes' : 'unknown',
                evidence: [],
              } satisfies Sighting;
            }
          },
      }),
    }),
    collector({
      name: 'ssh',
      doc: '',
      credential: z.strictObject({
        key: z.string(),
        port: z.number().optional(),
        hops: z.array(z.string()).optional(),
        account: z.strictObject({ username: z.string(), password: secret() }).optional(),
      }),
      ...(world.tunnels === undefined ? {} : { tunnels: world.tunnels }),
      setup: () => ({
        async open(target, credential, call) {
          log.push(`open ${target.address} ${credential.key}`);
          const own = world.open?.(target.address, call, credential);
          if (own !== undefined) return own;
          if (credential.key !== 'right')
            throw failure(credential.key === 'closed' ? 'E_REFUSED' : 'E_LOGIN', `log in to ${target.address}`);
          return {
            async *neighbours() {
              for (const address of world.neighbours?.[target.address] ?? [])
                yield { address, source: 'arp' } satisfies Neighbour;
            },
            async *inspect() {
              log.push(`inspect ${target.address}`);
              yield section('os', { hostname: `host-${target.address}` });
            },
            close: () => void log.push(`close ${target.address}`),
          };
        },
      }),
    }),
  ];
}

/** Runs a scan of the world to its end. @throws what the scan throws, unless `keepFault` asks to have it beside the records */
export async function scan(
  t: { after(run: () => unknown): void },
  world: World,
  input: Partial<ScanInput>,
  options: {
    files?: Record<string, string>;
    policy?: unknown;
    maxAddresses?: number;
    apart?: string[];
    mayLogIn?: boolean;
    signal?: AbortSignal;
    clock?: Clock;
    keepFault?: boolean;
    /** Instead of one made of `policy`. */
    policyItself?: Policy;
    /** Called with each record before the next is asked for, as the space would. */
    taken?: (record: ScanRecord) => unknown;
    /** State of a checkpoint to go on from. */
    resume?: unknown;
    /** Called with the state of each checkpoint. */
    checkpoint?: (state: unknown) => unknown;
    /** Several scans of one world at once, as one agent runs them. */
    beside?: Partial<ScanInput>[];
  } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'ksocket-scan-'));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'ssh'));
  const files = options.files ?? { '0.toml': 'includes = ["10.0.0.0/8"]\nkey = "right"\n' };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, 'ssh', name), text);
    await chmod(join(directory, 'ssh', name), 0o600);
  }
  const log: string[] = [];
  const lines = testLogger();
  const roster = setUp(plugins(world, log), {
    home: findHome({ KSOCKET_HOME: directory }),
    clock: options.clock ?? systemClock,
    random: systemRandom,
    settings: {},
    logger: () => lines,
    keepSecret: () => undefined,
  });
  const operation = scanOperation({
    roster,
    policy:
      options.policyItself ??
      (options.policy === undefined ? Policy.open : new Policy(policySchema.parse(options.policy))),
    clock: options.clock ?? systemClock,
    log: lines,
    redactor: new Redactor(),
    guard: guardIn(join(directory, 'lockout'), {
      clock: options.clock ?? systemClock,
      random: systemRandom,
      log: lines,
    }),
    credentials: directory,
    trails: join(directory, 'trails'),
    modeName: 'intranet',
    maxAddresses: options.maxAddresses ?? 65_536,
    maxPacketRate: undefined,
    mayLogIn: options.mayLogIn ?? true,
    spaceAddresses: async () => options.apart ?? [],
  });
  const records: ScanRecord[] = [];
  const progress: Progress[] = [];
  const call = {
    input: scanInput.parse(input),
    signal: options.signal ?? new AbortController().signal,
    log: lines,
    resume: options.resume,
    progress: (p: Progress) => void progress.push(p),
  };
  const beside = (options.beside ?? []).map((other) =>
    recordsOf(operation.run({ ...call, input: scanInput.parse(other), progress: () => undefined })),
  );
  let fault: unknown;
  try {
    for await (const record of operation.run(call)) {
      if (record instanceof Checkpoint) {
        // As it comes back from the journal.
        await options.checkpoint?.(JSON.parse(JSON.stringify(record.state)));
        continue;
      }
      records.push(record);
      await options.taken?.(record);
    }
  } catch (error) {
    if (!options.keepFault) throw error;
    fault = error;
  }
  return {
    records,
    others: await Promise.all(beside),
    trails: await trailsIn(join(directory, 'trails')),
    fault: fault as { code?: string; message?: string } | undefined,
    log,
    lines: lines.lines,
    progress,
    nodes: assembleNodes(records),
    summary: records.find((r) => r.type === 'summary'),
    notes: records.flatMap((r) => (r.type === 'summary' ? r.notes : [])).join('\n'),
  };
}

async function recordsOf(values: AsyncIterable<ScanRecord | Checkpoint>): Promise<ScanRecord[]> {
  const records: ScanRecord[] = [];
  for await (const value of values) if (!(value instanceof Checkpoint)) records.push(value);
  return records;
}

/** What was written down for `ksocket explain`, the oldest scan first. */
async function trailsIn(directory: string): Promise<TrailEvent[][]> {
  const names = (await readdir(directory).catch(() => [])).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.map((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => trailEvent.parse(JSON.parse(line))),
  );
}
