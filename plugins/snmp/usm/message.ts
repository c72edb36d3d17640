/**
 * The SNMPv3 message (RFC 3412, section 6) with the parameters of the user-based security model (RFC 3414, section 2.4): written,
 * and read strictly. Every part is bounded before anything is computed from it; what is not of this form is no message.
 */
import {
  contentOf,
  type Element,
  element,
  encodedInteger,
  integer,
  octetString,
  sequence,
  smallInteger,
  tagged,
} from '../ber.js';

const version3 = 3;
const userBasedSecurityModel = 3;
/** The largest UDP payload over IPv4: what this side can read. */
const maxSize = 65507;
/** Every SNMPv3 engine can read as much (RFC 3412, section 6). */
const smallestMaxSize = 484;
export const maxInteger = 2 ** 31 - 1;
/** SnmpEngineID (RFC 3411, section 5). */
const engineIdOctets = { least: 5, most: 32 };
const maxUserOctets = 32;
/** HMAC-384-SHA-512 has the longest digest (RFC 7860), all ciphers have salts of eight octets. */
const maxDigestOctets = 48;
const maxSaltOctets = 8;

const flag = { auth: 1, priv: 2, reportable: 4 } as const;

export interface Flags {
  readonly auth: boolean;
  readonly priv: boolean;
  readonly reportable: boolean;
}

/** The authoritative engine, which for everything that is asked is the agent, and its notion of time (RFC 3414, 2.2). */
export interface EngineTime {
  readonly id: Buffer;
  /** How often it has started. */
  readonly boots: number;
  /** Seconds since then. */
  readonly time: number;
}

export interface Message {
  readonly messageId: number;
  readonly flags: Flags;
  readonly engine: EngineTime;
  readonly user: Buffer;
  readonly digest: Buffer;
  readonly salt: Buffer;
  /** A scoped PDU with its tag, or, where `flags.priv`, what became of it. */
  readonly data: Buffer;
}

export interface ReadMessage extends Message {
  /** Where in the datagram the digest stands. */
  readonly digestAt: number;
}

export function writeMessage({ messageId, flags, engine, user, digest, salt, data }: Message): Buffer {
  const bits = (flags.auth ? flag.auth : 0) | (flags.priv ? flag.priv : 0) | (flags.reportable ? flag.reportable : 0);
  const header = tagged(
    sequence,
    encodedInteger(messageId),
    encodedInteger(maxSize),
    tagged(octetString, Buffer.from([bits])),
    encodedInteger(userBasedSecurityModel),
  );
  const security = tagged(
    sequence,
    tagged(octetString, engine.id),
    encodedInteger(engine.boots),
    encodedInteger(engine.time),
    ...[user, digest, salt].map((it) => tagged(octetString, it)),
  );
  return tagged(
    sequence,
    encodedInteger(version3),
    header,
    tagged(octetString, security),
    flags.priv ? tagged(octetString, data) : data,
  );
}

/** The message that fills this datagram; undefined for anything else. */
export function readMessage(bytes: Buffer): ReadMessage | undefined {
  const message = element(bytes, 0, bytes.length, sequence);
  const version = message && element(bytes, message.start, message.end, integer);
  const header = version && element(bytes, version.end, message.end, sequence);
  const wrapped = header && element(bytes, header.end, message.end, octetString);
  const data = wrapped && element(bytes, wrapped.end, message.end);
  if (!data || data.end !== message.end || message.end !== bytes.length) return;
  if (smallInteger(bytes, version) !== version3) return;
  const global = readHeader(bytes, header);
  const security = readSecurity(bytes, wrapped);
  if (!global || !security || data.tag !== (global.flags.priv ? octetString : sequence)) return;
  const content = global.flags.priv ? contentOf(bytes, data) : bytes.subarray(wrapped.end, data.end);
  return { ...global, ...security, data: content };
}

function readHeader(bytes: Buffer, header: Element): Pick<Message, 'messageId' | 'flags'> | undefined {
  const id = element(bytes, header.start, header.end, integer);
  const size = id && element(bytes, id.end, header.end, integer);
  const flags = size && element(bytes, size.end, header.end, octetString);
  const model = flags && element(bytes, flags.end, header.end, integer);
  if (!model || model.end !== header.end || flags.end - flags.start !== 1) return;
  const [messageId, itsMaxSize] = [natural(bytes, id), natural(bytes, size)];
  if (messageId === undefined || itsMaxSize === undefined || itsMaxSize < smallestMaxSize) return;
  if (smallInteger(bytes, model) !== userBasedSecurityModel) return;
  const bits = bytes[flags.start]!;
  const [auth, priv] = [(bits & flag.auth) !== 0, (bits & flag.priv) !== 0];
  // Encrypted and not authenticated is forbidden (RFC 3412, section 7.2, step 5d).
  return priv && !auth ? undefined : { messageId, flags: { auth, priv, reportable: (bits & flag.reportable) !== 0 } };
}

function readSecurity(
  bytes: Buffer,
  wrapped: Element,
): Pick<ReadMessage, 'engine' | 'user' | 'digest' | 'salt' | 'digestAt'> | undefined {
  const list = element(bytes, wrapped.start, wrapped.end, sequence);
  const id = list && element(bytes, list.start, list.end, octetString);
  const boots = id && element(bytes, id.end, list.end, integer);
  const time = boots && element(bytes, boots.end, list.end, integer);
  const user = time && element(bytes, time.end, list.end, octetString);
  const digest = user && element(bytes, user.end, list.end, octetString);
  const salt = digest && element(bytes, digest.end, list.end, octetString);
  if (!list || !salt || salt.end !== list.end || list.end !== wrapped.end) return;
  const [bootsValue, timeValue] = [natural(bytes, boots), natural(bytes, time)];
  if (bootsValue === undefined || timeValue === undefined) return;
  const [userOctets, digestOctets, saltOctets] = [user, digest, salt].map((it) => it.end - it.start);
  if (userOctets! > maxUserOctets || digestOctets! > maxDigestOctets || saltOctets! > maxSaltOctets) return;
  const engineId = contentOf(bytes, id);
  if (engineId.length < engineIdOctets.least || engineId.length > engineIdOctets.most) return;
  return {
    // A copy, because it outlives the datagram.
    engine: { id: Buffer.from(engineId), boots: bootsValue, time: timeValue },
    user: contentOf(bytes, user),
    digest: contentOf(bytes, digest),
    digestAt: digest.start,
    salt: contentOf(bytes, salt),
  };
}

function natural(bytes: Buffer, it: Element): number | undefined {
  const value = smallInteger(bytes, it);
  return value !== undefined && value >= 0 && value <= maxInteger ? value : undefined;
}
