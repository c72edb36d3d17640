/**
 * SNMPv3 messages of one user (RFC 3412 and RFC 3414) to one agent, without any I/O: its engine is discovered, its time followed, and
 * its reports understood. The level of security is the user’s and never another; an answer counts when it is of that level.
 *
 * A report in clear text can come from anybody in the middle. It can end a question, and it can have the question asked again with
 * another engine ID, another time, or the other way of making a key longer, each once; it can make nothing weaker.
 */
import type { Random } from 'ksocket/plugin';
import type { Context, Heard, Messages } from '../messages.js';
import { getResponse, type PduHead, pduHead, report } from '../pdu.js';
import { discoveryRequest } from './discovery.js';
import { Engine } from './engine.js';
import { type EngineTime, type ReadMessage, readMessage, writeMessage } from './message.js';
import type { Extension } from './protocols.js';
import { emptyRequest, type Probe, Question } from './question.js';
import { failureOf, type Report, reportOf } from './reports.js';
import { readScopedPdu, type ScopedPdu, writeScopedPdu } from './scoped-pdu.js';
import type { User } from './user.js';

export interface UserMessagesOptions {
  readonly user: User;
  /** The context that the credential file names; empty for the agent’s own. */
  readonly contextName: string;
  /** "ask 192.0.2.1:161 by SNMP v3 as john". */
  readonly place: string;
  readonly random: Random;
  /** Milliseconds. */
  readonly monotonic: () => number;
}

export class UserMessages implements Messages {
  readonly #options: UserMessagesOptions;
  #engine: Engine | undefined;
  #question: Question | undefined;
  #extension: Extension = 'reeder';
  #salt: bigint;
  /** Whether it was asked if what is made of the user’s secrets may leave: once, because all of it is one login. */
  #isAskedFor = false;
  /** Whether the agent has answered this user; from then on silence is silence. */
  #answered = false;
  /** What may still be asked in order to understand a silence, once each. */
  readonly #probes: Probe[];

  constructor(options: UserMessagesOptions) {
    this.#options = options;
    this.#probes = [
      ...(options.contextName === '' ? [] : ['context' as const]),
      ...(options.user.priv === undefined ? [] : ['level' as const]),
    ];
    // From a random start, so that it does not repeat when the agent is asked again (RFC 3826, section 3.1.2.1).
    this.#salt = options.random.bytes(8).readBigUInt64BE();
  }

  get forbidden(): string {
    return `the agent permits this user nothing at the level ${this.#options.user.level}: check its views, or the protocols in authData`;
  }

  get silence(): string {
    if (this.#engine === undefined) return 'check the address and the port, and whether the agent speaks SNMPv3';
    return 'the agent speaks SNMPv3 and is silent to this user: check the fields of authData, and what the agent permits';
  }

  ask(pdu: Buffer, context: Context | undefined): Buffer {
    const contextName = context === undefined ? this.#options.contextName : `vlan-${context.vlan}`;
    return this.#send(new Question(pdu, contextName));
  }

  /** An agent that cannot decrypt, or does not have the context, may be silent instead of saying so. */
  unanswered(isLast: boolean): Heard | undefined {
    const question = this.#question;
    if (question === undefined || this.#engine === undefined || this.#answered) return;
    if (question.probe === undefined) {
      question.silent.add(this.#extension);
      if (this.#otherExtension(question, question.silent)) return { send: this.#send(question) };
      // The question got lost twice, and between that something came through that only lacked this.
      if (question.proven === 'level') return this.#failed(question, 'usmStatsDecryptionErrors');
      if (question.proven === 'context') return this.#failed(question, 'snmpUnknownContexts');
      if (!isLast) return;
    }
    question.probe = this.#probes.shift();
    return question.probe && { send: this.#send(question) };
  }

  hear(datagram: Buffer): Heard | undefined {
    const question = this.#question;
    const message = question && readMessage(datagram);
    // The id is new with every message, so that nothing recorded answers it.
    if (!message || message.messageId !== question.messageId) return;
    const { user } = this.#options;
    if (message.flags.auth) return this.#authenticated(question, message, datagram);
    const scoped = readScopedPdu(message.data, false);
    const head = scoped && pduHead(scoped.pdu);
    if (!head) return;
    if (head.tag === report) return this.#reported(question, reportOf(scoped.pdu, head), message, false);
    return user.level === 'noAuthNoPriv' && this.#isOurs(message) ? this.#answer(question, scoped, head) : undefined;
  }

  #authenticated(question: Question, message: ReadMessage, datagram: Buffer): Heard | undefined {
    const { user } = this.#options;
    if (!this.#isOurs(message) || !user.auth || !user.signed(datagram, message)) return;
    const isNow = this.#engine!.heard(message.engine);
    const { priv } = message.flags;
    if (priv && !user.priv) return;
    const plain = priv ? user.decrypt(message, this.#extension) : message.data;
    const scoped = plain && readScopedPdu(plain, priv);
    const head = scoped && pduHead(scoped.pdu);
    if (!head) return;
    if (head.tag === report) return this.#reported(question, reportOf(scoped.pdu, head), message, true);
    const isOfLevel = priv === (question.probe !== 'level' && user.priv !== undefined);
    return isNow && isOfLevel ? this.#answer(question, scoped, head) : undefined;
  }

  #isOurs({ engine, user }: ReadMessage): boolean {
    return this.#engine?.id.equals(engine.id) === true && user.equals(this.#options.user.name);
  }

  #answer(question: Question, { engineId, contextName, pdu }: ScopedPdu, { tag }: PduHead): Heard | undefined {
    if (tag !== getResponse || !engineId.equals(this.#engine!.id)) return;
    if (contextName.toString() !== question.asksIn) return;
    if (question.probe === undefined) {
      this.#answered = true;
      this.#options.user.understoodBy(engineId, this.#extension);
      return { pdu };
    }
    question.proven = question.probe;
    question.probe = undefined;
    question.silent.clear();
    this.#extension = this.#firstExtension();
    return { send: this.#send(question) };
  }

  /** @param sure whether the report is authenticated */
  #reported(question: Question, said: Report | undefined, message: ReadMessage, sure: boolean): Heard | undefined {
    const { engine } = message;
    if (this.#engine === undefined) return this.#discovered(question, engine);
    if (!this.#engine.id.equals(engine.id))
      return said === 'usmStatsUnknownEngineIDs'
        ? this.#once(question, said, () => this.#discovered(question, engine))
        : undefined;
    if (said === 'usmStatsNotInTimeWindows') {
      // Without a digest it is a guess, which must not take the place of what is known.
      if (!sure && this.#engine.sure) return;
      return this.#once(question, said, () => {
        this.#engine!.set(engine, sure);
        return { send: this.#send(question) };
      });
    }
    // An agent that takes this user encrypted only; which tells nothing about the silence.
    if (question.probe === 'level' && said === 'usmStatsUnsupportedSecLevels') return;
    if (said !== 'usmStatsDecryptionErrors') return this.#failed(question, said);
    question.refused.add(this.#extension);
    return this.#otherExtension(question) ? { send: this.#send(question) } : this.#failed(question, said);
  }

  #discovered(question: Question, engine: EngineTime): Heard {
    this.#engine = new Engine(engine, this.#options.monotonic);
    this.#extension = this.#firstExtension();
    if (this.#options.user.auth === undefined || this.#isAskedFor) return { send: this.#send(question) };
    this.#isAskedFor = true;
    return { secret: () => this.#send(question) };
  }

  #once(question: Question, said: Report, mend: () => Heard): Heard {
    if (question.mended.has(said)) return this.#failed(question, said);
    question.mended.add(said);
    return mend();
  }

  #firstExtension(): Extension {
    return this.#options.user.extensionsFor(this.#engine!.id)[0]!;
  }

  /** Takes another way of making the key longer, if this user has one that may still be right. */
  #otherExtension({ refused }: Question, silent: ReadonlySet<Extension> = refused): boolean {
    const others = this.#options.user.extensionsFor(this.#engine!.id);
    const other = others.find((it) => it !== this.#extension && !refused.has(it) && !silent.has(it));
    if (other !== undefined) this.#extension = other;
    return other !== undefined;
  }

  #failed(question: Question, said: Report | undefined): Heard {
    const { place, user } = this.#options;
    this.#question = undefined;
    const isNamed = question.contextName === this.#options.contextName;
    return { failure: failureOf(said, { place, level: user.level, context: question.contextName, isNamed }) };
  }

  #send(question: Question): Buffer {
    this.#question = question;
    question.messageId = this.#options.random.bytes(4).readUInt32BE() >>> 1;
    return this.#engine === undefined ? discoveryRequest(question.messageId) : this.#written(question, this.#engine);
  }

  #written(question: Question, engine: Engine): Buffer {
    const { user } = this.#options;
    const { messageId, probe } = question;
    const now = engine.now;
    const pdu = probe === undefined ? question.pdu : emptyRequest(messageId);
    const scoped = writeScopedPdu({ engineId: now.id, contextName: Buffer.from(question.asksIn), pdu });
    const priv = user.priv !== undefined && probe !== 'level';
    const { data, salt } = priv
      ? user.encrypt(scoped, now, this.#extension, this.#salt++)
      : { data: scoped, salt: Buffer.alloc(0) };
    const flags = { auth: user.auth !== undefined, priv, reportable: true };
    const bytes = writeMessage({ messageId, flags, engine: now, user: user.name, digest: user.noDigest, salt, data });
    if (user.auth) user.sign(bytes, now.id, readMessage(bytes)!.digestAt);
    return bytes;
  }
}
