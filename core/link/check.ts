/**
 * Does the space accept this token? A whole handshake that serves nothing: `hello` says `check`, which a space never lets replace
 * anybody, and nothing of the journal is touched, which the running agent holds.
 */
import type { Clock, Random } from '../contract/index.js';
import { failure, type Secret, sentenceOf } from '../contract/index.js';
import { cleanText } from '../inventory/index.js';
import { closeCodes, decodeFrame, encodeFrame, type FrameOf, type Pair, protocolVersion } from '../wire/index.js';
import type { Route } from './dial.js';
import { ProbeFault } from './probe.js';
import type { Channel } from './session.js';
import { type LinkEnd, openLink } from './websocket.js';

export interface CheckOptions extends Route {
  readonly url: URL;
  readonly token: Secret;
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutSeconds: number;
  readonly hello: Pick<FrameOf<'hello'>, 'name' | 'agentVersion' | 'os' | 'mode'>;
}

const seeWho = 'check connect.endpoint, and who answers there';

/** @returns the slot that the token is for. @throws ProbeFault saying who refused and what to do */
export async function checkSlot(options: CheckOptions, signal: AbortSignal): Promise<Pair> {
  const { clock, timeoutSeconds, hello, ...link } = options;
  let slot: Pair | undefined;
  let wrong: string | undefined;
  const end = await new Promise<LinkEnd>((resolve) => {
    let channel: Channel | undefined;
    const breakOff = openLink(
      { ...link, clock, agent: `ksocket/${hello.agentVersion}` },
      {
        opened: (opened) => {
          channel = opened;
          opened.send(encodeFrame(greeting(options)));
        },
        received: (text) => {
          if (slot !== undefined) return;
          try {
            const frame = decodeFrame(text);
            // Its reason comes with the close.
            if (frame.type === 'bye') return;
            if (frame.type !== 'welcome') throw failure('E_PROTOCOL', `${frame.type} before welcome`);
            slot = frame.pair;
            channel?.send(encodeFrame({ type: 'ready', epoch: frame.epoch }));
            channel?.close(1000, 'checked');
          } catch (error) {
            wrong = sentenceOf(error);
            channel?.close(closeCodes.protocol, 'not understood');
          }
        },
        drained: () => undefined,
        ended: (it) => {
          takeBack();
          signal.removeEventListener('abort', breakOff);
          resolve(it);
        },
      },
    );
    const takeBack = clock.after(timeoutSeconds * 1000, breakOff);
    signal.addEventListener('abort', breakOff, { once: true });
  });
  if (slot !== undefined) return slot;
  throw wrong === undefined ? faultOf(end, timeoutSeconds) : new ProbeFault(wrong, { remedy: seeWho });
}

function greeting({ random, hello }: CheckOptions): FrameOf<'hello'> {
  const id = () => random.bytes(16).toString('hex');
  const nothing = { pair: null, attempt: 1, lastEpoch: 0, maxSeen: 0, limit: 0, ops: [], features: [] };
  return {
    type: 'hello',
    versions: [protocolVersion],
    purpose: 'check',
    instance: id(),
    boot: id(),
    ...nothing,
    ...hello,
  };
}

function faultOf({ code, reason, local }: LinkEnd, seconds: number): ProbeFault {
  // The words of a stranger, for a terminal.
  const said = cleanText(reason);
  if (code !== 1006) {
    const what = `the space closed the session with ${code}${said === '' ? '' : ` (${said})`}`;
    return new ProbeFault(what, { remedy: 'see the log of the space', refusal: { code, said } });
  }
  // Where no WebSocket came about, the reason is the whole sentence.
  if (reason !== '') return ProbeFault.of({ reason, local });
  return new ProbeFault(`the end point takes the WebSocket but sends no welcome within ${seconds} s`, {
    remedy: seeWho,
  });
}
