/**
 * Recognising one device behind several addresses. Strong keys join; a differing strong key vetoes. Weak matches (a MAC
 * address, an address that exactly one node claims as its own interface) join only without a veto. Every decision leaves
 * a sentence for the node's history. Any one equal signature used to be enough in the product that Ksocket follows, and cloned
 * MAC addresses merged different machines there.
 */
import { isPlaceholder, type SectionData } from '../contract/index.js';
import { isLocallyAdministered } from './oui.js';

/** What one address is known by. */
export interface Identified {
  readonly node: string;
  readonly addresses: readonly string[];
  /** MAC seen on the wire for the address, when on-link. */
  readonly mac?: string | undefined;
  readonly identity: SectionData['identity'];
  readonly interfaces: NonNullable<SectionData['network']['interfaces']>;
}

/**
 * Kinds of which a device has exactly one at a time: two different values mean two devices. Strongest first: net-snmp makes another engine ID
 * wherever its own folder is lost.
 */
export const single = ['uuid', 'serial', 'cloudId', 'machineId', 'engineId'] as const;

/** 00:00:5e VRRP (RFC 9568), 00:00:0c:07:ac, 00:00:0c:9f:f and 00:05:73:a0:0 HSRP, 00:07:b4:00 GLBP: shared by several routers on purpose. */
const virtualRouter = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:05:73:a0:0|00:07:b4:00)/;

/**
 * Of drivers that give every machine the same one: VMware's host adapters, Windows' dial-up adapters (PPP, RAS), Cisco AnyConnect,
 * FortiClient, Qualcomm modems, Juniper's internal ports. Compare the list of GLPI Inventory.
 */
const ofDrivers =
  /^(00:50:56:c0:00:|00:53:45:00:00:00|44:45:53:54:00:00|20:41:53:59:4e:ff|50:50:54:50:30:30|00:05:9a:3c:7[8a]:00|00:09:0f:(aa|fe):00:01|00:a0:c6:00:00:00|00:0b:ca:fe:00:0)|:20:52:41:53$/;

/** The first octet of a group's address is odd (IEEE 802). */
const isGroup = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 0x01) !== 0;

export function isIdentifyingMac(mac: string): boolean {
  return (
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) &&
    !isLocallyAdministered(mac) &&
    !isGroup(mac) &&
    !virtualRouter.test(mac) &&
    !ofDrivers.test(mac) &&
    mac !== '00:00:00:00:00:00'
  );
}

/** The keys of one address as `kind:value`, strongest first; what a later scan finds the same device by. */
export function keysOf(it: Identified): string[] {
  const { identity } = it;
  const keys: string[] = [];
  for (const kind of single) {
    const value = singleKey(identity, kind);
    if (value !== undefined) keys.push(`${kind}:${value}`);
  }
  for (const key of identity.hostKeys ?? []) keys.push(`hostKey:${key}`);
  for (const mac of [...(identity.macs ?? []), ...(it.mac ? [it.mac] : [])])
    if (isIdentifyingMac(mac)) keys.push(`mac:${mac}`);
  return [...new Set(keys)];
}

function singleKey(identity: SectionData['identity'], kind: (typeof single)[number]): string | undefined {
  const value = identity[kind];
  if (value === undefined || isPlaceholder(value)) return undefined;
  // Serial numbers are unique only with their maker; without one they can neither join nor veto.
  if (kind === 'serial') return identity.vendor === undefined ? undefined : `${identity.vendor.toLowerCase()}/${value}`;
  return value.toLowerCase();
}

/** Why these two cannot be one device, or undefined. */
export function vetoBetween(a: Identified, b: Identified): string | undefined {
  for (const kind of single) {
    const mine = singleKey(a.identity, kind);
    const other = singleKey(b.identity, kind);
    if (mine === undefined || other === undefined || mine === other) continue;
    if (kind === 'serial' && a.identity.vendor?.toLowerCase() !== b.identity.vendor?.toLowerCase()) continue;
    return `${kind} differs`;
  }
  return areCopies(a, b) ? 'no MAC address in common' : undefined;
}

/** Kinds that nobody copies with a disk. */
const ownKinds = ['uuid', 'serial', 'cloudId'] as const;

/** Those that lie on it. */
const copiedKinds = ['machineId', 'engineId'] as const;

/**
 * Machines made from one image have its machine-id, engine ID and host keys until somebody makes new ones, and only root reads their UUID.
 * One machine tells the same interfaces at whichever address it is asked, by the same collector.
 */
function areCopies(a: Identified, b: Identified): boolean {
  const mine = a.identity.macs ?? [];
  const others = b.identity.macs ?? [];
  const have = (kind: (typeof single)[number]) => [a, b].every((it) => singleKey(it.identity, kind) !== undefined);
  if (!copiedKinds.some(have)) return false;
  if (mine.length === 0 || others.length === 0 || mine.some((mac) => others.includes(mac))) return false;
  return ownKinds.every((kind) => {
    const value = singleKey(a.identity, kind);
    return value === undefined || value !== singleKey(b.identity, kind);
  });
}

export interface Group {
  readonly members: Identified[];
  /** Why the members are one device, and which likely matches were refused. */
  readonly history: string[];
}

/** Groups addresses into devices. Deterministic for a given set, whatever its order. */
export function groupByIdentity(all: Iterable<Identified>): Group[] {
  const sorted = [...all].sort((a, b) => (a.node < b.node ? -1 : 1));
  const groupOf = new Map<Identified, Group>();
  for (const it of sorted) groupOf.set(it, { members: [it], history: [] });

  const join = (a: Identified, b: Identified, because: string): void => {
    const left = groupOf.get(a)!;
    const right = groupOf.get(b)!;
    if (left === right) return;
    for (const one of left.members) {
      for (const two of right.members) {
        const veto = vetoBetween(one, two);
        if (veto === undefined) continue;
        const refused = `${a.node} and ${b.node} have ${because}, but ${veto}: kept apart`;
        left.history.push(refused);
        right.history.push(refused);
        return;
      }
    }
    left.members.push(...right.members);
    left.history.push(...right.history, `${b.node} joined ${a.node}: ${because}`);
    for (const member of right.members) groupOf.set(member, left);
  };

  const firstWith = new Map<string, Identified>();
  for (const it of sorted) {
    for (const key of keysOf(it)) {
      // A MAC seen on the wire may be a router answering for others (proxy ARP); only what the device says of itself joins.
      if (key === `mac:${it.mac}` && !it.identity.macs?.includes(it.mac ?? '')) continue;
      const other = firstWith.get(key);
      if (other === undefined) firstWith.set(key, it);
      else join(other, it, `the same ${key}`);
    }
  }
  joinByInterface(sorted, join);
  return [...new Set(groupOf.values())];
}

/** A router that lists 10.0.2.1 among its interfaces is what answers at 10.0.2.1, if it alone claims that address. */
function joinByInterface(all: Identified[], join: (a: Identified, b: Identified, because: string) => void): void {
  const claims = new Map<string, { by: Identified; mac: string | undefined }[]>();
  for (const it of all) {
    for (const port of it.interfaces) {
      for (const { address } of port.addresses ?? []) {
        claims.set(address, [...(claims.get(address) ?? []), { by: it, mac: port.mac }]);
      }
    }
  }
  for (const it of all) {
    for (const address of it.addresses) {
      const claimants = (claims.get(address) ?? []).filter((claim) => claim.by !== it);
      const claim = claimants[0];
      if (claim === undefined || new Set(claimants.map((c) => c.by.node)).size > 1) continue;
      if (it.mac !== undefined && claim.mac !== undefined && it.mac !== claim.mac) continue;
      join(claim.by, it, `the interface address ${address}`);
    }
  }
}
