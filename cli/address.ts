/** An address as an operator types it. */
import { type Address, asFailure, parseAddress } from '../core/contract/index.js';
import { UsageError } from './context.js';

/** @throws UsageError */
export function readAddress(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new UsageError(asFailure(error, 'read an address').sentence);
  }
}
