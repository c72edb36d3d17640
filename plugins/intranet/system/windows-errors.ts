/** What the error numbers of IP Helper mean for a question that was to be sent. Pure. */
import type { Shot } from '../probes/probe.js';

/**
 * "System Error Codes" and IP_STATUS: ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_NO_SYSTEM_RESOURCES, ERROR_WORKING_SET_QUOTA,
 * IP_NO_RESOURCES.
 */
const shortages: ReadonlySet<number> = new Set([8, 14, 1450, 1453, 11_006]);
/** ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE, IP_DEST_NET_UNREACHABLE, IP_BAD_ROUTE, IP_BAD_DESTINATION */
const noRoutes: ReadonlySet<number> = new Set([1231, 1232, 11_002, 11_012, 11_018]);
const accessDenied = 5;

export function windowsFailure(code: number): Shot {
  if (shortages.has(code)) return 'short';
  if (noRoutes.has(code)) return { refused: 'no-route' };
  return { refused: code === accessDenied ? 'refused-locally' : `error-${code}` };
}
