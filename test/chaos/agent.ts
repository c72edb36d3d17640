/** A real agent with one operation more: work on the fake target, unit by unit. `node agent.js`, with KSOCKET_HOME set. */
import { z } from 'zod';
import { findHome, readSettings } from '../../core/config/index.js';
import { composeAgent, runAgent } from '../../core/container/compose-agent.js';
import { Checkpoint, operation, scanMode } from '../../core/contract/index.js';
import { systemClock } from '../../core/runtime/index.js';
import { simulatedInput, simulatedRecord } from '../simulation/target.js';
import { connectTarget } from './target.js';

const work = (name: string, kind: 'safe' | 'once') =>
  operation({
    name,
    doc: 'Work on the fake target',
    input: simulatedInput.extend({ port: z.number().int() }),
    output: simulatedRecord,
    class: kind,
    async *run(call) {
      const { key, units, stepMs, every, port } = call.input;
      const target = await connectTarget(port, call.signal);
      try {
        const execution = await target.say(`began ${key}`);
        const { next } = (call.resume as { next: number } | undefined) ?? { next: 1 };
        for (let unit = next; unit <= units; unit++) {
          await systemClock.sleep(stepMs, call.signal);
          await target.say(`did ${key} ${unit}`);
          yield { key, unit, execution };
          if (every > 0 && unit % every === 0) yield new Checkpoint({ next: unit + 1 });
        }
      } finally {
        target.end();
      }
    },
  });

const plugin = scanMode({
  name: 'chaos',
  doc: 'Operations of the chaos test',
  setup(host) {
    host.operation(work('chaos.safe', 'safe'));
    host.operation(work('chaos.once', 'once'));
    return { async *candidates() {} };
  },
});

const home = findHome(process.env);
const { settings } = await readSettings(home, { optional: false });
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort()).on('disconnect', () => stop.abort());
process.channel?.unref();
const wiring = await composeAgent({
  home,
  settings,
  version: '0.0.0',
  insecure: false,
  plugins: [plugin],
  status: (text) => void process.stderr.write(`${text}\n`),
});
const { exit, reason } = await runAgent(wiring, stop.signal);
if (exit !== 0) process.stderr.write(`ended with ${exit}: ${reason}\n`);
await wiring.release();
process.exitCode = exit;
