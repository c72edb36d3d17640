/**
 * What net-snmp takes for node:dgram: its one socket is the connected one that the core gave, so that the operator’s policy
 * and the kernel’s source check hold for every datagram. The library believes that it speaks SNMPv2c; its PDUs are taken out of
 * what it sends and travel in the messages of the credential file. What does not answer the last request is not delivered.
 */
import type { Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { readCommunityMessage, writeCommunityMessage } from './community.js';
import type { Context, Heard, Messages } from './messages.js';
import { getResponse, pduHead } from './pdu.js';

/** Between the library and this file only, so that no secret ever is in the library. */
export const communityOfTheLibrary = 'facade';
const community = Buffer.from(communityOfTheLibrary);

/** What happens without having been asked for. */
export interface FacadeEvents {
  /** Nothing more will come for this question. */
  failed(error: Error): void;
  /** The peer answered, but another datagram had to be sent first: the waiting begins anew. */
  goesOn(): void;
  /** The next datagram is made of a secret: may it leave? @throws Failure */
  beforeSecret(): Promise<void>;
}

export class DatagramFacade extends EventEmitter {
  /** In which context the next request is asked. */
  context: Context | undefined;
  #requestId: number | undefined;
  /** Whether the peer is to be heard: nothing is on its way while it is asked whether a secret may leave. */
  #isListening = true;
  #open = true;

  constructor(
    private readonly socket: Socket,
    private readonly messages: Messages,
    private readonly events: FacadeEvents,
  ) {
    super();
    socket.on('message', (datagram) => this.#arrived(datagram));
    // Such as a port that nobody listens on (ICMP).
    socket.on('error', (error) => events.failed(error));
    socket.once('close', () => {
      this.#open = false;
      this.emit('close');
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** The `dgramModule` option of net-snmp. */
  get module(): { createSocket(): DatagramFacade } {
    return { createSocket: () => this };
  }

  /** dgram’s own signature: port and address are those that the socket is connected to. */
  send(
    bytes: Buffer,
    offset: number,
    length: number,
    _port: number,
    _address: string,
    sent: (error: null) => void,
  ): void {
    const request = readCommunityMessage(bytes.subarray(offset, offset + length));
    this.#requestId = request && pduHead(request.pdu)?.requestId;
    if (request === undefined) this.events.failed(new Error('the library asks what it cannot'));
    else this.#send(this.messages.ask(request.pdu, this.context));
    // At once, because net-snmp listens for the response only from here on, and the response may be faster than the socket.
    sent(null);
  }

  #send(datagram: Buffer): void {
    this.socket.send(datagram, (error) => error && this.events.failed(error));
  }

  /** Nobody answered in time; true when it is worth waiting once more, or has failed for a better reason. */
  askedDifferently(isLast: boolean): boolean {
    const heard = this.#requestId === undefined ? undefined : this.messages.unanswered(isLast);
    if (heard !== undefined) this.#goOn(heard);
    return heard !== undefined;
  }

  /** What comes from now on answers nothing. */
  settle(): void {
    this.#requestId = undefined;
  }

  #arrived(datagram: Buffer): void {
    if (this.#requestId === undefined || !this.#isListening) return;
    try {
      const heard = this.messages.hear(datagram);
      if (heard !== undefined) this.#goOn(heard);
    } catch (error) {
      // The library parses outside of its own try; what it cannot read is as good as not answered.
      this.events.failed(error as Error);
    }
  }

  #goOn(heard: Heard): void {
    if ('failure' in heard) return this.events.failed(heard.failure);
    if ('secret' in heard) return void this.#ask(heard.secret);
    if ('send' in heard) {
      this.#send(heard.send);
      return this.events.goesOn();
    }
    this.#deliver(heard.pdu);
  }

  /** Sends what is made of a secret, if it may leave and somebody still waits for the answer. */
  async #ask(datagram: () => Buffer): Promise<void> {
    const requestId = this.#requestId;
    this.#isListening = false;
    try {
      await this.events.beforeSecret();
      if (this.#requestId === requestId && this.#open) this.#goOn({ send: datagram() });
    } catch (error) {
      this.events.failed(error as Error);
    } finally {
      this.#isListening = true;
    }
  }

  #deliver(pdu: Buffer): void {
    const head = pduHead(pdu);
    if (head?.tag !== getResponse || head.requestId !== this.#requestId) return;
    this.#requestId = undefined;
    this.emit('message', writeCommunityMessage({ community, pdu }));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.socket.close();
  }

  /** The socket keeps the process alive until it is closed, which the collector always does. */
  ref(): void {}
  unref(): void {}
}
