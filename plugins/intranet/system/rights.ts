/** Which raw rights the kernel gives this process: read from /proc, for `diagnose` and for choosing the kind of socket. */
import { readFile } from 'node:fs/promises';

/** Bit 13 of the capability sets (linux/capability.h). */
const capNetRaw = 1n << 13n;

/** From /proc/self/status. */
export function hasNetRaw(status: string): boolean {
  const line = status.split('\n').find((it) => it.startsWith('CapEff:'));
  const hexadecimal = line?.slice('CapEff:'.length).trim() ?? '';
  return /^[0-9a-f]{1,16}$/.test(hexadecimal) && (BigInt(`0x${hexadecimal}`) & capNetRaw) !== 0n;
}

/** From /proc/sys/net/ipv4/ping_group_range: may a member of these groups open ping sockets? `1 0` means nobody. */
export function mayPing(range: string, groups: readonly number[]): boolean {
  // Where there is no such file its text is empty, and nobody may.
  const [low = 1, high = 0] = range.split(/\s+/).filter(Boolean).map(Number);
  return groups.some((group) => group >= low && group <= high);
}

export async function rights(): Promise<{ netRaw: boolean; ping: boolean; pingRange: string | undefined }> {
  const [status, range] = await Promise.all(
    ['/proc/self/status', '/proc/sys/net/ipv4/ping_group_range'].map((path) =>
      readFile(path, 'latin1').catch(() => ''),
    ),
  );
  const groups = [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])];
  const pingRange = range?.trim().replace(/\s+/, ' ');
  return { netRaw: hasNetRaw(status ?? ''), ping: mayPing(range ?? '', groups), pingRange: pingRange || undefined };
}
