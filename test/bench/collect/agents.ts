/** The processes that play SNMP agents, one on each host of a place. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Playing } from './agent.js';
import { targetPriority } from './measured.js';
import type { Place } from './place.js';
import { port } from './snmp.js';

const program = fileURLToPath(new URL('./agent.js', import.meta.url));
/** USER_HZ, in which /proc counts (proc(5)). */
const ticksPerSecond = 100;

export class Agents {
  private constructor(private readonly children: readonly ChildProcess[]) {}

  static async start(place: Place, playing: Omit<Playing, 'port'>): Promise<Agents> {
    const children: ChildProcess[] = [];
    const it = new Agents(children);
    try {
      for (let host = 0; host < place.hosts; host++) {
        const addresses = playing.addresses.filter((address) => address.startsWith(`10.67.${host}.`));
        if (addresses.length === 0) continue;
        const about: Playing = { ...playing, addresses, port };
        const [first = '', ...rest] = place.on(host, [
          ...targetPriority,
          process.execPath,
          program,
          JSON.stringify(about),
        ]);
        const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
        children.push(child);
        await once(child.stdout, 'data');
      }
    } catch (error) {
      await it.stop();
      throw error;
    }
    return it;
  }

  async cpuSeconds(): Promise<number> {
    const ticks = this.children.flatMap(({ pid }) => {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number);
    });
    return ticks.reduce((sum, it) => sum + it, 0) / ticksPerSecond;
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
}
