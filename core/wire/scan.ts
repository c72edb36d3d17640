/** The operation `networks.scan`: what the space orders, and the records that come back. */
import { z } from 'zod';
import { parseRange, tryParseAddress } from '../contract/address.js';
import { completeness, missing } from '../contract/sections/index.js';

const range = z
  .string()
  .max(64)
  .refine(
    (text) => {
      try {
        return parseRange(text) !== undefined;
      } catch {
        return false;
      }
    },
    { error: (issue) => `${JSON.stringify(issue.input)} is no address or network; write 192.0.2.10 or 192.0.2.0/24` },
  );
const address = z
  .string()
  .max(64)
  .refine((text) => tryParseAddress(text) === text, 'no canonical address');

/** Input of `networks.scan`, version 1. Empty lists mean the defaults of scan.md. */
export const scanInput = z.strictObject({
  start: z.array(range).max(10_000).default([]),
  allow: z.array(range).max(10_000).default([]),
  deny: z.array(range).max(10_000).default([]),
  /** Addresses looked at in all; the agent's own bound wins when it is lower. */
  maxAddresses: z.number().int().min(1).max(16_777_216).optional(),
  maxPacketRate: z.number().int().min(1).max(1_000_000).optional(),
  collect: z.boolean().default(true),
});
export type ScanInput = z.infer<typeof scanInput>;

export const evidence = z.object({
  probe: z.string().max(64),
  answer: z.string().max(256),
  port: z.number().int().min(0).max(65_535).optional(),
  rttMs: z.number().nonnegative().optional(),
});

/** Where a section comes from. */
export const provenance = z.object({
  collector: z.string().max(64),
  /** Name of the credential file below etc/ksocket/credentials, never its content. */
  credential: z.string().max(512).optional(),
  at: z.string().max(40),
  durationMs: z.number().nonnegative(),
});

/** How one collector fared at one address. `code` and `reason` say why it gave nothing. */
export const outcome = z.object({
  collector: z.string().max(64),
  result: z.enum(['ok', 'partial', 'failed', 'skipped']),
  code: z.string().max(64).optional(),
  reason: z.string().max(1024).optional(),
  remedy: z.string().max(1024).optional(),
  /** Credential files whose includes cover the address, in the order of the search. */
  matched: z.array(z.string().max(512)).max(1000).optional(),
  /** Credential files in the order they were tried, each with what came of it. */
  tried: z
    .array(
      z.object({
        credential: z.string().max(512),
        code: z.string().max(64).optional(),
        reason: z.string().max(1024).optional(),
      }),
    )
    .max(1000)
    .optional(),
});
export type Outcome = z.infer<typeof outcome>;

/**
 * One record of a scan. `sighting` comes as soon as an address is known to be alive (step 3), `section` as a collector
 * reads it (several of one name are parts of one list), `again` takes back the sections of an address, which are read from
 * the start after a crash, `node` closes an address (step 5), `finding` is something the operator should look at, `summary`
 * closes the scan.
 */
export const scanRecord = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('sighting'),
    /** The address that stands for this node within the scan, or `name:…` for one without any. */
    node: z.string().max(256),
    addresses: z.array(address).max(1000),
    alive: z.enum(['yes', 'no', 'unknown']),
    evidence: z.array(evidence).max(100),
    source: z.string().max(256),
    mac: z.string().max(17).optional(),
    names: z
      .array(z.object({ name: z.string().max(256), source: z.string().max(32) }))
      .max(100)
      .optional(),
    services: z
      .array(
        z.object({
          name: z.string().max(64),
          port: z.number().int().min(0).max(65_535),
          banner: z.string().max(255).optional(),
          certificate: z.string().max(255).optional(),
        }),
      )
      .max(1000)
      .optional(),
    at: z.string().max(40),
  }),
  z.object({
    type: z.literal('section'),
    node: z.string().max(256),
    name: z.string().max(128),
    /** Validated against the section's schema where the project has one. */
    data: z.record(z.string(), z.unknown()),
    state: completeness,
    missing: z.array(missing).max(1000).optional(),
    provenance,
  }),
  z.object({
    type: z.literal('again'),
    node: z.string().max(256),
    /** Whose sections are taken back: those of these collectors; of all where there are none named. */
    collectors: z.array(z.string().max(64)).max(100).optional(),
    /** The node itself is taken back: it is said again under another name, having no address to be known by. */
    whole: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('node'),
    node: z.string().max(256),
    outcomes: z.array(outcome).max(100),
    at: z.string().max(40),
  }),
  z.object({
    type: z.literal('finding'),
    node: z.string().max(256).optional(),
    kind: z.string().max(64),
    text: z.string().max(1024),
  }),
  z.object({
    type: z.literal('summary'),
    counts: z.object({
      probed: z.number().int().nonnegative(),
      alive: z.number().int().nonnegative(),
      entered: z.number().int().nonnegative(),
      collected: z.number().int().nonnegative(),
    }),
    /** What was not possible and why, one sentence each. */
    notes: z.array(z.string().max(1024)).max(1000),
  }),
]);
export type ScanRecord = z.infer<typeof scanRecord>;
export type ScanRecordOf<T extends ScanRecord['type']> = Extract<ScanRecord, { type: T }>;
