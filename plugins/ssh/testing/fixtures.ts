/** The recorded cases: a folder each, with what the script printed and what must come out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Neighbour, Section } from 'ksocket/plugin';
import { neighboursOf } from '../report/neighbours.js';
import { sectionsOf } from '../report/sections.js';
import { type Part, Splitter } from '../splitter.js';

/** Stands for the nonce in recorded output. */
export const fixtureNonce = 'fixture';

/** From dist/plugins/ssh/testing to the sources: recorded cases are not compiled. */
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../../plugins/ssh/fixtures');

export const fixtures = existsSync(folder) ? readdirSync(folder).sort() : [];

export interface Outcome {
  readonly neighbours: readonly Neighbour[];
  readonly sections: readonly Section[];
}

export function fixtureFile(name: string, file: string): string {
  return join(folder, name, file);
}

export function fixtureOutput(name: string): Buffer {
  return readFileSync(fixtureFile(name, 'output.txt'));
}

/** The parts of recorded output. */
export function partsOf(output: Buffer): Map<string, Part> {
  return read(output).parts;
}

function read(output: Buffer): { parts: Map<string, Part>; done: boolean } {
  const parts = new Map<string, Part>();
  let done = false;
  const splitter = new Splitter(
    fixtureNonce,
    (part) => parts.set(part.name, part),
    (word) => {
      done ||= word === 'done';
    },
  );
  splitter.push(output);
  const unfinished = splitter.unfinished();
  if (unfinished) parts.set(unfinished.name, unfinished);
  return { parts, done };
}

/** What the plug-in makes of recorded output. */
export function outcomeOf(output: Buffer, hostKeys: readonly string[] = []): Outcome {
  const { parts, done } = read(output);
  const neighbours = [...neighboursOf(parts)];
  return { neighbours, sections: [...sectionsOf({ parts, ending: done ? 'ok' : 'truncated' }, hostKeys)] };
}
