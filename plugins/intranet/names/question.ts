/**
 * One question to a host itself, by datagrams of the core's connected socket, so that the policy holds and datagrams of others
 * never arrive. What arrives counts only when it answers this very question.
 */
import type { Address, Clock, Random, ScanCall } from 'ksocket/plugin';
import type { Pace } from '../pace.js';
import { promised, within } from '../promised.js';
import type { TcpAsker } from '../sockets/tcp.js';
import { shortages } from '../system/errors.js';
import { longestMessage } from '../wire/dns.js';

/** Asked once and, because a datagram may be lost, once again. On a link an answer takes milliseconds; a printer wakes up in one second. */
const waitsMs = [500, 1000] as const;
/** Datagrams that answer something else, before the host is left alone. */
const mostForeign = 16;

/** What a source needs, for one look. */
export interface LinkParts {
  readonly scan: Pick<ScanCall, 'datagram'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly asker: TcpAsker;
  readonly signal: AbortSignal;
}

export interface Asked {
  /** Chosen by chance, so that whoever did not hear the question cannot answer it. */
  readonly id: number;
  readonly address: Address;
}

/** A format: how to ask, and the names in an answer, undefined when it is none to this question. Both never throw. */
export interface Question {
  readonly port: number;
  ask(asked: Asked): Buffer;
  read(message: Buffer, asked: Asked): string[] | undefined;
}

export function newQuestion(address: Address, random: Random): Asked {
  return { address, id: random.bytes(2).readUInt16BE() };
}

/** Empty when the host does not answer, or may not be asked. @throws the reason of the signal */
export async function askByDatagram(
  question: Question,
  address: Address,
  pace: Pace,
  parts: LinkParts,
): Promise<string[]> {
  const { scan, clock, random, signal } = parts;
  const asked = newQuestion(address, random);
  const socket = await scan.datagram(address, question.port).catch(() => undefined);
  if (socket === undefined) return [];
  let end: (names: string[]) => void = () => undefined;
  const answer = new Promise<string[]>((resolve) => {
    end = resolve;
  });
  let foreign = 0;
  socket.on('message', (message) => {
    const names = question.read(message, asked);
    if (names !== undefined) end(names);
    else if (++foreign >= mostForeign) end([]);
  });
  // Most hosts have nobody there, and their kernel says so at once.
  const failed = (error: NodeJS.ErrnoException | null) => {
    if (error && !shortages.has(error.code ?? '')) end([]);
  };
  socket.on('error', failed);
  try {
    for (const ms of waitsMs) {
      await pace.turn(signal);
      socket.send(question.ask(asked), failed);
      const names = await within(clock, ms, signal, answer);
      if (names !== undefined) return names;
    }
    return [];
  } finally {
    socket.close();
  }
}

/** The same by one connection, with two octets of length before each message (RFC 1035, 4.2.2). @throws the reason of the signal */
export async function askByStream(
  question: Question,
  address: Address,
  pace: Pace,
  parts: LinkParts,
): Promise<string[]> {
  const { clock, random, signal, asker } = parts;
  const asked = newQuestion(address, random);
  while (asker.room <= 0) await clock.sleep(5, signal);
  await pace.turn(signal);
  const [connectMs, answerMs] = waitsMs;
  const socket = await promised<Parameters<Parameters<TcpAsker['open']>[3]>[2]>(signal, (done) =>
    asker.open(address, question.port, connectMs, (_answer, _rttMs, it) => done(it)),
  );
  if (socket === undefined) return [];
  try {
    const message = question.ask(asked);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    const answer = new Promise<string[]>((resolve) => {
      let heard = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        heard = Buffer.concat([heard, chunk]);
        const end = heard.length < 2 ? undefined : 2 + heard.readUInt16BE();
        if (end === undefined) return;
        if (end > longestMessage) resolve([]);
        else if (heard.length >= end) resolve(question.read(heard.subarray(2, end), asked) ?? []);
      });
      socket.once('close', () => resolve([]));
    });
    socket.write(Buffer.concat([length, message]));
    return (await within(clock, answerMs, signal, answer)) ?? [];
  } finally {
    socket.destroy();
  }
}
