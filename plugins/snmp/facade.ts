/**
 * What net-snmp takes for node:dgram: its one socket is the connected one that the core gave, so that the operator’s policy
 * and the kernel’s source check hold for every datagram. Datagrams that do not answer the last request are not delivered.
 */
import type { Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { answers, type MessageHead, messageHead } from './ber.js';

export class DatagramFacade extends EventEmitter {
  #asked: MessageHead | undefined;
  #open = true;

  /** `failed` is told what the socket reports by itself, such as a port that nobody listens on (ICMP). */
  constructor(
    private readonly socket: Socket,
    private readonly failed: (error: Error) => void,
  ) {
    super();
    socket.on('message', (datagram) => this.#arrived(datagram));
    socket.on('error', failed);
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
    this.#asked = messageHead(bytes.subarray(offset, offset + length));
    this.socket.send(bytes, offset, length, (error) => error && this.failed(error));
    // At once, because net-snmp listens for the response only from here on, and the response may be faster than the socket.
    sent(null);
  }

  #arrived(datagram: Buffer): void {
    if (this.#asked === undefined || !answers(datagram, this.#asked)) return;
    this.#asked = undefined;
    try {
      this.emit('message', datagram);
    } catch (error) {
      // The library parses outside of its own try; what it cannot read is as good as not answered.
      this.failed(error as Error);
    }
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
