/** The fake target: outlives every crash, and counts what was really done to it. */
import { z } from 'zod';
import { Checkpoint, type Clock, failure, type Operation, operation } from '../../core/contract/index.js';

export class Target {
  /** How often each order began to work here. */
  readonly executions = new Map<string, number>();
  /** Units of work done here, by order. */
  readonly units = new Map<string, Set<number>>();

  began(key: string): void {
    this.executions.set(key, (this.executions.get(key) ?? 0) + 1);
  }

  did(key: string, unit: number): void {
    const units = this.units.get(key) ?? new Set();
    this.units.set(key, units.add(unit));
  }
}

export const simulatedInput = z.strictObject({
  /** Names the order at the target. */
  key: z.string(),
  units: z.number().int(),
  stepMs: z.number(),
  /** Units between two checkpoints; 0 for none. */
  every: z.number().int(),
  /** Fails after this many units. */
  failsAfter: z.number().int().optional(),
});
export type SimulatedInput = z.infer<typeof simulatedInput>;

export const simulatedRecord = z.strictObject({ key: z.string(), unit: z.number().int(), execution: z.number().int() });
export type SimulatedRecord = z.infer<typeof simulatedRecord>;

/** What the process that works here lends to its operations. */
export interface Workplace {
  readonly clock: Clock;
  /** An effect on the target; nothing when the process is dead. */
  touch(work: () => void): void;
  /** Operations at work in this process. */
  running: number;
  mostRunning: number;
}

/** Operations that work on the target unit by unit, one record each; a run goes on where its checkpoint says. */
export function simulatedOperations(target: Target, place: Workplace): Operation[] {
  const work = (name: string, kind: 'safe' | 'once') =>
    operation({
      name,
      doc: '',
      input: simulatedInput,
      output: simulatedRecord,
      class: kind,
      async *run(call) {
        const { key, units, stepMs, every, failsAfter } = call.input;
        place.touch(() => target.began(key));
        const execution = target.executions.get(key) ?? 0;
        place.running += 1;
        place.mostRunning = Math.max(place.mostRunning, place.running);
        try {
          const { next } = (call.resume as { next: number } | undefined) ?? { next: 1 };
          for (let unit = next; unit <= units; unit++) {
            await place.clock.sleep(stepMs, call.signal);
            place.touch(() => target.did(key, unit));
            if (failsAfter !== undefined && unit > failsAfter) throw failure('E_TIMEOUT', 'ask the target');
            yield { key, unit, execution };
            call.progress({ done: unit, total: units, note: '' });
            if (every > 0 && unit % every === 0) yield new Checkpoint({ next: unit + 1 });
          }
        } finally {
          place.running -= 1;
        }
      },
    }) as Operation;
  return [work('sim.safe', 'safe'), work('sim.once', 'once'), work('sim.forbidden', 'safe')];
}
