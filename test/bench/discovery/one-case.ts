/** Builds the network of a case, lets each contender sweep it, and compares what it says with what is there. */
import type { Case } from './cases.js';
import { type Contender, ourResult } from './contenders.js';
import { measure } from './measured.js';
import { Network } from './network.js';
import type { OurResult } from './our.js';
import { firstTwentieth, type Population, populate, seeded } from './population.js';

export interface Row {
  readonly contender: string;
  readonly ours: boolean;
  /** Wall time of the whole process; of a contender that asked a part, multiplied. */
  readonly seconds: number;
  /** How much bigger the network is than what was asked; 1 when all was. */
  readonly times: number;
  /** Ended when its time was up: `seconds` is a lower bound. */
  readonly capped: boolean;
  readonly packets: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly found: number;
  readonly missed: number;
  /** Called alive and not there. */
  readonly wrong: number;
  readonly fault?: string;
  readonly own?: Pick<OurResult, 'seconds' | 'lastAliveSeconds' | 'eventLoop' | 'warnings'>;
}

export interface CaseResult {
  readonly title: string;
  readonly place: Case['place'];
  readonly prefix: number;
  readonly asked: number;
  readonly alive: number;
  readonly loss: number;
  readonly rate: number | undefined;
  readonly rows: readonly Row[];
}

export async function runCase(it: Case, seed: number, told: (line: string) => void): Promise<CaseResult> {
  const population = populate({ ...it, random: seeded(seed) });
  const title = titleOf(it, population);
  const rows: Row[] = [];
  for (const contender of it.contenders) {
    const runs: Row[] = [];
    for (let run = 0; run < it.runs; run++) {
      // Its own network for each: what the kernel learnt from one does not help the next, and the losses are the same.
      const network = await Network.build(population, { ...it, seed: seed + run });
      try {
        runs.push(await runOne(it, contender, population, network));
      } finally {
        const carried = await network.close();
        if ((carried?.failed ?? 0) > 0) told(`the bridge could not carry ${carried?.failed} frames`);
      }
    }
    const median = runs.sort((a, b) => a.seconds - b.seconds)[Math.floor(it.runs / 2)]!;
    rows.push(median);
    told(`${title}: ${contender.title}, ${median.seconds.toFixed(1)} s${median.fault ? `, ${median.fault}` : ''}`);
  }
  const { place, prefix, loss, rate } = it;
  const { size: alive } = population.alive;
  return { title, place, prefix, asked: alive + population.dead, alive, loss, rate, rows };
}

async function runOne(it: Case, contender: Contender, all: Population, network: Network): Promise<Row> {
  const asked = contender.partly ? firstTwentieth(all) : all;
  const { rate } = it;
  const capSeconds = Math.min(it.capSeconds, contender.capSeconds ?? Infinity);
  // Ours ends itself, so that it can tell how far it got.
  const spare = contender.ours ? 10 : 0;
  const ask = { network: asked.network, rate, capSeconds };
  const { output, ...measured } = await measure(network, contender.command(ask), capSeconds + spare);
  const found = new Set(contender.found(output));
  found.delete(all.own);
  const right = [...found].filter((address) => asked.alive.has(address)).length;
  const own = contender.ours ? ourResult(output) : undefined;
  const times = contender.partly ? 2 ** (20 - it.prefix) : 1;
  return {
    ...{ contender: contender.title, ours: contender.ours ?? false, ...measured, times },
    seconds: measured.seconds * times,
    capped: measured.capped || (own?.capped ?? false),
    ...{ found: right, missed: asked.alive.size - right, wrong: found.size - right },
    ...(own === undefined ? {} : { own: pick(own) }),
  };
}

const pick = ({ seconds, lastAliveSeconds, eventLoop, warnings }: OurResult) => ({
  ...{ seconds, lastAliveSeconds, eventLoop, warnings },
});

function titleOf({ place, prefix, loss, rate }: Case, { alive, dead }: Population): string {
  const where = place === 'link' ? 'on-link' : 'routed';
  const share = `${alive.size} of ${alive.size + dead} alive`;
  const pace = rate === undefined ? '' : `, ${rate} packets/s`;
  return `/${prefix} ${where}, ${share}, ${loss * 100} % loss${pace}`;
}
