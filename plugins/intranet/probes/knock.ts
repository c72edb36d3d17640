/** UDP datagrams that a credential makes possible (an SNMP request): any answer proves the host there, and so does the ICMP word that the port is closed. */
import type { Socket } from 'node:dgram';
import type { Address, Knock, ScanCall } from 'ksocket/plugin';
import { untouchable } from '../ports.js';
import { shortages } from '../system/errors.js';
import type { Hearing, Probe } from './probe.js';

const waits = [700, 1200] as const;
/** The way may be short, and the processor of a switch busy all the same. */
const floors = [500, 900] as const;
/** Descriptors, beside those of the TCP connects. */
export const mostKnocks = 192;

export type KnockAnswer = 'reply' | 'port-unreachable' | 'host-unreachable' | 'short' | 'refused-locally';

export function knocksFor(scan: ScanCall, address: Address): Knock[] {
  return scan.knocks(address).filter((it) => !untouchable.has(it.port));
}

/**
 * Sends one knock through a socket of its own and calls `done` for what comes back, at most once; the returned function
 * ends it. The socket is the core's, so policy and tunnels hold.
 */
export function knockOnce(
  scan: ScanCall,
  address: Address,
  knock: Knock,
  done: (answer: KnockAnswer) => void,
): () => void {
  let socket: Socket | undefined;
  let over = false;
  const end = () => {
    over = true;
    socket?.close();
    socket = undefined;
  };
  const finish = (answer: KnockAnswer | undefined) => {
    if (over) return;
    end();
    if (answer !== undefined) done(answer);
  };
  const failed = (error: unknown) => finish(inOneWord(error));
  scan.datagram(address, knock.port).then((it) => {
    // After `end`, an error of the closing socket must still find a listener.
    it.on('error', failed);
    if (over) {
      it.close();
      return;
    }
    socket = it;
    it.on('message', () => finish('reply'));
    // The callback, not an event, tells an error of this very send.
    it.send(knock.payload, (error) => (error ? failed(error) : undefined));
  }, failed);
  return end;
}

/** Undefined for what says nothing, such as a tunnel that is not there: then the knock was not heard. */
function inOneWord(error: unknown): KnockAnswer | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ECONNREFUSED' || code === 'E_REFUSED') return 'port-unreachable';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'E_UNREACHABLE') return 'host-unreachable';
  if (code === 'EACCES' || code === 'EPERM' || code === 'E_POLICY') return 'refused-locally';
  return code === 'E_BUSY' || shortages.has(String(code)) ? 'short' : undefined;
}

export function openKnock(scene: { hearing: Hearing; scan: ScanCall }): Probe {
  const open = new Map<Address, Set<() => void>>();
  let count = 0;
  const closeAll = (address: Address) => {
    const ends = open.get(address);
    if (ends === undefined) return;
    open.delete(address);
    count -= ends.size;
    for (const end of ends) end();
  };

  return {
    name: 'udp',
    waits,
    floors,
    repeats: true,
    packets: 1,
    send(address) {
      const knocks = knocksFor(scene.scan, address);
      if (knocks.length === 0) return 'nothing';
      closeAll(address);
      if (count > 0 && count + knocks.length > mostKnocks) return 'busy';
      const ends = new Set<() => void>();
      open.set(address, ends);
      for (const knock of knocks) {
        const { service: name, port } = knock;
        const end = knockOnce(scene.scan, address, knock, (answer) => {
          if (ends.delete(end)) count -= 1;
          const evidence = { probe: 'udp', answer, port };
          if (answer === 'short') scene.hearing.unsent(address);
          else if (answer === 'reply')
            scene.hearing.heard({ address, alive: 'yes', evidence, service: { name, port } });
          else scene.hearing.heard({ address, evidence, ...(answer === 'port-unreachable' ? { alive: 'yes' } : {}) });
        });
        ends.add(end);
        count += 1;
      }
      return 'sent';
    },
    forget: closeAll,
    close() {
      for (const address of [...open.keys()]) closeAll(address);
    },
  };
}
