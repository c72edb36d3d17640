/** Scan options at two levels: what a slot leaves empty, its network says; what both leave empty is the agent's default. */
import { z } from 'zod';
import { parseRange, rangeSize } from '../../core/contract/address.js';
import { type ScanInput, scanInput } from '../../core/wire/scan.js';
import { problem } from '../problem.js';

/** The product's bound: more start addresses in all, and the scan is refused (kompira support, "how a scan works"). */
export const maxStartAddresses = 65_536;

export const scanOptions = scanInput.pick({ start: true, allow: true, deny: true });
export type ScanOptions = z.infer<typeof scanOptions>;

export const noOptions: ScanOptions = { start: [], allow: [], deny: [] };

/** Some of the fields, for a change of the others' leaving. */
export const scanOptionsChange = z.strictObject({
  start: scanOptions.shape.start.unwrap().optional(),
  allow: scanOptions.shape.allow.unwrap().optional(),
  deny: scanOptions.shape.deny.unwrap().optional(),
});

/** The one that counts, and where each field comes from. */
export function effectiveOptions(network: ScanOptions, slot: ScanOptions): ScanOptions {
  const of = (field: keyof ScanOptions) => (slot[field].length > 0 ? slot[field] : network[field]);
  return { start: of('start'), allow: of('allow'), deny: of('deny') };
}

/** @throws Problem 400 with the number when there are more start addresses than a scan may have. */
export function checkStart(start: readonly string[]): void {
  const total = start.map((text) => rangeSize(parseRange(text))).reduce((sum, size) => sum + size, 0);
  if (total > maxStartAddresses)
    throw problem(
      400,
      'E_LIMIT',
      `start: ${total.toLocaleString('en')} addresses, but a scan has at most ${maxStartAddresses.toLocaleString('en')}`,
    );
}

export function toScanInput(options: ScanOptions): ScanInput {
  return scanInput.parse({ ...options });
}

/** Options as they lie in the database. */
export function readOptions(text: string): ScanOptions {
  const parsed = scanOptions.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : noOptions;
}
