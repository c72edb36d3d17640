/** TCP connects that ask whether somebody is there: a bounded number at once, closed as soon as the answer is known, or lent to who asked. */
import { connect, type Socket } from 'node:net';
import type { Address, Clock } from 'ksocket/plugin';

/** `short`: the machine lacked a descriptor, port or buffer, nothing was asked. `refused-locally`: its firewall or routes. */
export type TcpAnswer = 'syn-ack' | 'rst' | 'host-unreachable' | 'silent' | 'short' | 'refused-locally';

/** A third of the usual limit of 1,024 descriptors; 13,000 connects a second were measured with 256 in flight. */
export const mostConnects = 320;

const answers: Record<string, TcpAnswer> = {
  ECONNREFUSED: 'rst',
  // After a handshake: somebody answered, and a middlebox or a full backlog took it back.
  ECONNRESET: 'rst',
  ...{ EHOSTUNREACH: 'host-unreachable', ENETUNREACH: 'host-unreachable', EHOSTDOWN: 'silent', ETIMEDOUT: 'silent' },
  ...{ EMFILE: 'short', ENFILE: 'short', ENOBUFS: 'short', ENOMEM: 'short', EADDRNOTAVAIL: 'short', EAGAIN: 'short' },
  ...{ EACCES: 'refused-locally', EPERM: 'refused-locally', EINVAL: 'refused-locally' },
};

export class TcpAsker {
  readonly #open = new Map<Socket, () => void>();

  /** `permits` is the operator's policy for one port of an address. */
  constructor(
    private readonly clock: Clock,
    private readonly permits: (address: Address, port: number) => boolean,
  ) {}

  get room(): number {
    return mostConnects - this.#open.size;
  }

  /** Calls `done` once, later; the returned function ends it without a call. */
  ask(address: Address, port: number, waitMs: number, done: (answer: TcpAnswer, rttMs: number) => void): () => void {
    const end = this.open(address, port, waitMs, (answer, rttMs) => {
      end();
      done(answer, rttMs);
    });
    return end;
  }

  /** The same, and a connection that was accepted is the caller's, to be destroyed; `close` ends it too. */
  open(
    address: Address,
    port: number,
    waitMs: number,
    done: (answer: TcpAnswer, rttMs: number, socket?: Socket) => void,
  ): () => void {
    // Nothing leaves for a forbidden port, so nothing can be heard of it.
    if (!this.permits(address, port)) return this.clock.after(0, () => done('silent', 0));
    const from = this.clock.monotonic();
    const socket = connect({ host: address, port });
    const end = () => {
      cancel();
      this.#open.delete(socket);
      socket.destroy();
    };
    let told = false;
    const finish = (answer: TcpAnswer) => {
      if (told || !this.#open.has(socket)) return;
      told = true;
      cancel();
      if (answer === 'syn-ack') done(answer, this.clock.monotonic() - from, socket);
      else {
        end();
        done(answer, this.clock.monotonic() - from);
      }
    };
    const cancel = this.clock.after(waitMs, () => finish('silent'));
    this.#open.set(socket, end);
    socket.once('close', () => this.#open.delete(socket));
    socket.once('connect', () => finish('syn-ack'));
    // Stays for good: a destroyed socket may still report an error that nobody needs.
    socket.on('error', (error: NodeJS.ErrnoException) => finish(answers[error.code ?? ''] ?? 'silent'));
    return end;
  }

  close(): void {
    for (const end of [...this.#open.values()]) end();
  }
}
