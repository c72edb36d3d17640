/**
 * The agent's side of SNMPv3, by the same codec as the collector, so that a test can send what no real agent sends. Whether the
 * codec is right is shown by real ones (usm/snmpd.test.ts, usm/pysnmp.test.ts). Tests only.
 */
import { readCommunityMessage, writeCommunityMessage } from '../community.js';
import { credential } from '../credential.js';
import { report } from '../pdu.js';
import { Keys } from '../usm/keys.js';
import { type Flags, type Message, type ReadMessage, readMessage, writeMessage } from '../usm/message.js';
import { readScopedPdu, writeScopedPdu } from '../usm/scoped-pdu.js';
import { User } from '../usm/user.js';
import * as wire from './wire.js';

/** Counters that a Report tells (RFC 3414, section 5; RFC 3413, section 4.1.2). */
export const counter = {
  unsupportedSecLevels: '1.3.6.1.6.3.15.1.1.1.0',
  notInTimeWindows: '1.3.6.1.6.3.15.1.1.2.0',
  unknownUserNames: '1.3.6.1.6.3.15.1.1.3.0',
  unknownEngineIds: '1.3.6.1.6.3.15.1.1.4.0',
  wrongDigests: '1.3.6.1.6.3.15.1.1.5.0',
  decryptionErrors: '1.3.6.1.6.3.15.1.1.6.0',
  unavailableContexts: '1.3.6.1.6.3.12.1.4.0',
  unknownContexts: '1.3.6.1.6.3.12.1.5.0',
} as const;

export interface Asked {
  readonly message: ReadMessage;
  readonly contextName: string;
  readonly request: wire.Request;
}

/** In what an answer differs from the right one. */
export interface Otherwise {
  readonly messageId?: number;
  readonly flags?: Partial<Flags>;
  readonly engineId?: Buffer;
  readonly boots?: number;
  readonly time?: number;
  readonly user?: string;
  readonly contextName?: string;
  readonly contextEngineId?: Buffer;
}

const keys = new Keys();
const users = new Map<string, User>();

/** The same for the same fields, because a key from a password takes milliseconds. */
export function userOf(authData: Readonly<Record<string, unknown>>): User {
  const name = JSON.stringify(authData);
  const user = users.get(name) ?? new User(credential.parse({ authData }).authData, keys);
  users.set(name, user);
  return user;
}

export class TestEngine {
  id = Buffer.from('80001f8804746573742d656e67696e65', 'hex');
  boots = 3;
  time = 1000;
  #salt = 1n;

  constructor(readonly user: User) {}

  /** What is asked, whatever its time is; undefined for a discovery, and for what this user has not sent. */
  read(datagram: Buffer): Asked | undefined {
    const message = readMessage(datagram);
    if (!message || (message.flags.auth && !this.user.signed(datagram, message))) return;
    const plain = message.flags.priv ? this.user.decrypt(message, 'reeder') : message.data;
    const scoped = plain && readScopedPdu(plain, message.flags.priv);
    if (!scoped) return;
    const asCommunity = writeCommunityMessage({ community: Buffer.alloc(0), pdu: scoped.pdu });
    return { message, contextName: scoped.contextName.toString(), request: wire.readRequest(asCommunity) };
  }

  discovered(datagram: Buffer, otherwise: Otherwise = {}): Buffer {
    return this.#written(messageIdOf(datagram), this.#report(counter.unknownEngineIds), {
      user: '',
      ...otherwise,
      flags: { auth: false, priv: false, ...otherwise.flags },
    });
  }

  respond(
    asked: Asked,
    varbinds: readonly Buffer[],
    otherwise: Otherwise = {},
    reply: Partial<wire.Reply> = {},
  ): Buffer {
    const response = readCommunityMessage(wire.writeResponse(asked.request, { varbinds, ...reply }))!;
    return this.#written(asked.message.messageId, response.pdu, { contextName: asked.contextName, ...otherwise });
  }

  report({ message }: Asked, oid: string, otherwise: Otherwise = {}): Buffer {
    return this.#written(message.messageId, this.#report(oid), otherwise);
  }

  #report(oid: string): Buffer {
    const list = wire.tlv(0x30, wire.varbind(oid, wire.number(1, 0x41)));
    return wire.tlv(report, wire.number(0), wire.number(0), wire.number(0), list);
  }

  #written(messageId: number, pdu: Buffer, otherwise: Otherwise): Buffer {
    const { boots = this.boots, time = this.time, engineId = this.id } = otherwise;
    const flags = {
      auth: this.user.auth !== undefined,
      priv: this.user.priv !== undefined,
      reportable: false,
      ...otherwise.flags,
    };
    const engine = { id: engineId, boots, time };
    const scoped = writeScopedPdu({
      engineId: otherwise.contextEngineId ?? engineId,
      contextName: Buffer.from(otherwise.contextName ?? ''),
      pdu,
    });
    const { data, salt } = flags.priv
      ? this.user.encrypt(scoped, engine, 'reeder', this.#salt++)
      : { data: scoped, salt: Buffer.alloc(0) };
    const message: Message = {
      messageId: otherwise.messageId ?? messageId,
      flags,
      engine,
      user: otherwise.user === undefined ? this.user.name : Buffer.from(otherwise.user),
      digest: flags.auth ? this.user.noDigest : Buffer.alloc(0),
      salt,
      data,
    };
    const bytes = writeMessage(message);
    const at = flags.auth ? readMessage(bytes)?.digestAt : undefined;
    if (at !== undefined) this.user.sign(bytes, engineId, at);
    return bytes;
  }
}

/** Of any message that the collector sends, its discovery too. */
export function messageIdOf(datagram: Buffer): number {
  const sequenceHead = datagram[1]! < 0x80 ? 2 : 2 + (datagram[1]! & 0x7f);
  // version 3 takes three octets, the header has a short length, then comes the id.
  const at = sequenceHead + 3 + 2;
  return datagram.readIntBE(at + 2, datagram[at + 1]!);
}
