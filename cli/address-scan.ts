/** A scan of one address, here and now. */
import { composeCore } from '../core/container/compose-core.js';
import type { ComposeOptions } from '../core/container/options.js';
import type { Address } from '../core/contract/index.js';
import type { ScanRecord } from '../core/wire/index.js';
import { withWiring } from './agent.js';
import type { Context } from './context.js';
import { readInput, runScan } from './operation.js';

export async function scanAddress(
  context: Context,
  options: ComposeOptions,
  address: Address,
  json = false,
): Promise<ScanRecord[]> {
  const input = readInput({ start: [address], allow: [address], collect: true });
  const { records } = await withWiring(composeCore(options), (wiring) => runScan(context, wiring, input, json));
  return records;
}
