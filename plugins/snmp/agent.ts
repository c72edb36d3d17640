/** The peer (an "agent", RFC 3411) as its readers see it: objects by their OIDs. */
import { failure } from 'ksocket/plugin';
import { type Conversation, ErrorStatus } from './conversation.js';
import type { Context } from './messages.js';
import { isAbsent, type Varbind } from './value.js';
import type { AnswerSize } from './walk.js';

export class Agent {
  constructor(
    private readonly conversation: Conversation,
    private readonly context?: Context,
  ) {}

  /** "ask 192.0.2.1:161 by SNMP v2c": the place of every failure. */
  get place(): string {
    return this.conversation.place;
  }

  /** How long the answers of this session took so far, all together. */
  get waitedMilliseconds(): number {
    return this.conversation.waitedMilliseconds;
  }

  /** Why nothing more may be asked, or undefined. */
  get exhausted(): string | undefined {
    return this.conversation.exhausted;
  }

  /** Learnt by one table, kept for the next. */
  get answerSize(): AnswerSize {
    return this.conversation.answerSize;
  }

  set answerSize(size: AnswerSize) {
    this.conversation.answerSize = size;
  }

  get hasSilentTables(): boolean {
    return this.conversation.hasSilentTables;
  }

  set hasSilentTables(value: boolean) {
    this.conversation.hasSilentTables = value;
  }

  /**
   * The same agent, asked for the objects of one VLAN, as Cisco’s switches keep BRIDGE-MIB and Q-BRIDGE-MIB: in the context
   * `vlan-10` by SNMPv3, by the community name `public@10` in SNMPv2c. It shares socket, budget and end with this one; a VLAN
   * that the agent does not know, or does not permit, is a failure of these questions and not of the session.
   * @throws Failure of its questions: as `get`; E_TIMEOUT where a v2c agent does not know it, E_UNSUPPORTED where a v3 agent says so
   */
  inVlan(vlan: number): Agent {
    return new Agent(this.conversation, { vlan });
  }

  /**
   * The objects of these OIDs, in this order; undefined where there is none. An agent that refuses the lot is asked for one
   * at a time. The budget is for tables: the few questions of this kind are asked even when it is spent.
   * @throws Failure E_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_LOGIN, E_PRIVILEGE, E_UNSUPPORTED, E_PROTOCOL, E_CANCELLED
   */
  async get(oids: readonly string[]): Promise<readonly (Varbind | undefined)[]> {
    try {
      const varbinds = await this.conversation.ask<Varbind[]>(
        (library, answer) => library.get([...oids], answer),
        this.context,
      );
      return varbinds.map((it, i) => (it.oid === oids[i] && !isAbsent(it) ? it : undefined));
    } catch (error) {
      if (!(error instanceof ErrorStatus)) throw error;
      if (oids.length === 1) return [undefined];
      const single: (Varbind | undefined)[] = [];
      for (const oid of oids) single.push(...(await this.get([oid])));
      return single;
    }
  }

  /**
   * What follows each OID, `repetitions` times, one list an OID.
   * @throws Failure as `get`, and E_LIMIT; ErrorStatus
   */
  async following(oids: readonly string[], repetitions: number): Promise<readonly (readonly Varbind[])[]> {
    const remedy = this.exhausted;
    if (remedy !== undefined) throw failure('E_LIMIT', this.place, { remedy });
    if (repetitions > 1)
      return this.conversation.ask<Varbind[][]>(
        (library, answer) =>
          library.getBulk([...oids], 0, repetitions, (error, lists) => answer(error, lists as Varbind[][] | undefined)),
        this.context,
      );
    const next = await this.conversation.ask<Varbind[]>(
      (library, answer) => library.getNext([...oids], answer),
      this.context,
    );
    return next.map((it) => [it]);
  }

  close(): void {
    this.conversation.close();
  }
}
