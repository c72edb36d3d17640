/**
 * ICMP echo through IP Helper: many requests under way at once, each with an event and a piece of pinned memory, and no thread.
 * Every few milliseconds the events are looked at, 64 with one call that waits for nothing.
 */
import type { Address, Clock } from 'ksocket/plugin';
import { isObstacle, type Obstacle } from '../probes/probe.js';
import { type EchoReply, echoReplyExtra, echoReplyLength, readEchoReply } from '../wire/ip-helper.js';
import { type Handle, type IpHelper, ipHelper, mostEventsAtOnce, type Pinned } from './ip-helper.js';

/** Requests under way: 1,024 events, 128 KiB, and 16 calls a look. Silent hosts hold theirs for 1 s on average, so 1,000 a second. */
const mostRequests = 1024;
/** Round trips are measured by Windows, so this only delays the news. */
const lookMs = 5;
const dataLength = 16;
/** A multiple of 16, so that each reply is aligned as a structure with pointers has to be. */
const slotLength = 16 * Math.ceil((echoReplyLength + dataLength + echoReplyExtra) / 16);

/** What came of one request: a reply, or the code of an error (`IP_REQ_TIMED_OUT`). */
export type EchoEnd = EchoReply | number;

interface Request {
  readonly slot: number;
  readonly event: Handle;
  to: Address;
}

export interface EchoRequests {
  /** `busy` when too many are under way, otherwise 0 or the number of the error. */
  send(to: Address, timeoutMs: number): 'busy' | number;
  close(): void;
}

/** `clock` tells when to look; `data` goes out with every request. */
export async function openEchoRequests(
  clock: Pick<Clock, 'after'>,
  data: Buffer,
  onEnd: (to: Address, end: EchoEnd) => void,
): Promise<EchoRequests | Obstacle> {
  const helper = await ipHelper();
  if (isObstacle(helper)) return helper;
  const handle = helper.icmp.open();
  if (handle === undefined) return { reason: 'IcmpCreateFile gives no handle', remedy: 'TCP and UDP are used instead' };
  return new Requests(helper, handle, clock, data, onEnd);
}

/** Can it be opened here at all? For diagnose. */
export async function echoObstacle(): Promise<Obstacle | undefined> {
  const it = await openEchoRequests({ after: () => () => undefined }, Buffer.alloc(dataLength), () => undefined);
  if (isObstacle(it)) return it;
  it.close();
  return undefined;
}

/** For its test; others use `openEchoRequests`. */
export class Requests implements EchoRequests {
  readonly #replies: Pinned;
  readonly #data: Pinned;
  readonly #free: Request[] = [];
  #underWay: Request[] = [];
  #made = 0;
  #looking = false;
  #closed = false;

  constructor(
    private readonly helper: IpHelper,
    private readonly handle: Handle,
    private readonly clock: Pick<Clock, 'after'>,
    data: Buffer,
    private readonly onEnd: (to: Address, end: EchoEnd) => void,
  ) {
    this.#replies = helper.allocate(mostRequests * slotLength);
    this.#data = helper.allocate(dataLength);
    data.copy(this.#data.bytes);
  }

  send(to: Address, timeoutMs: number): 'busy' | number {
    const request = this.#closed ? undefined : (this.#free.pop() ?? this.#make());
    if (request === undefined) return 'busy';
    const { icmp } = this.helper;
    icmp.resetEvent(request.event);
    request.to = to;
    this.#bytes(request).fill(0);
    const timeout = Math.max(1, Math.ceil(timeoutMs));
    const failed = icmp.send(this.handle, request.event, to, this.#data, this.#at(request), slotLength, timeout);
    if (failed !== 0) {
      this.#free.push(request);
      return failed;
    }
    this.#underWay.push(request);
    this.#lookLater();
    return 0;
  }

  /** Nothing is told any more. Memory and handles stay until Windows is through with the last request, its timeout at the latest. */
  close(): void {
    this.#closed = true;
    if (this.#underWay.length === 0) this.#release();
  }

  #make(): Request | undefined {
    if (this.#made === mostRequests) return undefined;
    const event = this.helper.icmp.createEvent();
    return event === undefined ? undefined : { slot: this.#made++, event, to: '' };
  }

  #lookLater(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.clock.after(lookMs, () => {
      this.#looking = false;
      this.#look();
      if (this.#underWay.length > 0) this.#lookLater();
      else if (this.#closed) this.#release();
    });
  }

  #look(): void {
    const ended = new Set<Request>();
    for (let from = 0; from < this.#underWay.length; ) {
      const some = this.#underWay.slice(from, from + mostEventsAtOnce);
      const index = this.helper.icmp.signalled(some.map((it) => it.event));
      const request = index === undefined ? undefined : some[index];
      if (request === undefined || index === undefined) {
        from += some.length;
        continue;
      }
      ended.add(request);
      // It is the first that is signalled, so those before it are not.
      from += index + 1;
    }
    if (ended.size === 0) return;
    this.#underWay = this.#underWay.filter((it) => !ended.has(it));
    for (const request of ended) this.#end(request);
  }

  #end(request: Request): void {
    const { replies, error } = this.helper.icmp.parse(this.#at(request), slotLength);
    const end = replies === 0 ? error : readEchoReply(this.#bytes(request));
    this.#free.push(request);
    if (!this.#closed) this.onEnd(request.to, end);
  }

  #release(): void {
    const { icmp } = this.helper;
    icmp.close(this.handle);
    for (const { event } of this.#free.splice(0)) icmp.closeEvent(event);
    this.#replies.free();
    this.#data.free();
  }

  #at(request: Request): bigint {
    return this.#replies.pointer + BigInt(request.slot * slotLength);
  }

  #bytes(request: Request): Buffer {
    return this.#replies.bytes.subarray(request.slot * slotLength, (request.slot + 1) * slotLength);
  }
}
