/** A small installation in a temporary folder: slot a with version 3.0.0, and what root and the agent would do to it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRequest } from '../asked.js';
import { takeCopy } from '../bundle-file.js';
import type { KeyRing } from '../keys.js';
import { Place, programIn, type SlotName } from '../place.js';
import type { RootParts } from '../stage.js';
import { here, newKey } from './bundles.js';

export class Installation {
  readonly place: Place;
  readonly key = newKey();
  readonly steps: string[] = [];
  now = Date.parse('2026-12-01T00:00:00Z');
  own: SlotName | undefined;
  rings: readonly KeyRing[] = [{ keys: [this.key.public], threshold: 1 }];
  /** The step after which the process is killed, counted from 1; 0 for none. */
  killAfter = 0;
  #ids = 0;

  constructor(readonly directory: string) {
    this.place = new Place({ directory, lib: join(directory, 'var', 'lib', 'ksocket') });
  }

  async make(version = '3.0.0'): Promise<this> {
    const slot = this.place.slot('a');
    const { node, main } = programIn(slot);
    for (const [path, text] of [
      [join(slot, 'slot.json'), JSON.stringify({ version, platform: here })],
      [node, ''],
      [main, ''],
      [join(this.place.directory, 'active'), 'a\n'],
    ] as const) {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
    }
    await mkdir(join(this.place.requestFile, '..'), { recursive: true });
    return this;
  }

  /** What the agent does when it has a bundle that is to be installed. */
  async request(bundle: string, version: string): Promise<string> {
    const id = this.nextId();
    await takeCopy(bundle, this.place.incoming);
    await writeRequest(this.place, { id, version });
    return id;
  }

  nextId(): string {
    this.#ids += 1;
    return this.#ids.toString(16).padStart(8, '0');
  }

  get parts(): RootParts {
    let left = this.killAfter;
    return {
      place: this.place,
      platform: here,
      own: this.own,
      trust: async () => this.rings,
      now: () => this.now,
      newId: () => this.nextId(),
      told: (step) => {
        this.steps.push(step);
        left -= 1;
        // Whoever was killed does nothing more: no clean-up, no writing down why.
        if (left === 0) this.#killed();
        return left === 0 ? new Promise(() => undefined) : undefined;
      },
    };
  }

  #killed = (): void => undefined;

  /** Does the work, or a part of it, if it is killed after one of its steps. What is on the disk stays. @returns whether it was killed */
  async attempt(work: (parts: RootParts) => Promise<unknown>, killAfter = 0): Promise<boolean> {
    this.killAfter = killAfter;
    const killed = new Promise<boolean>((resolve) => {
      this.#killed = () => resolve(true);
    });
    const { parts } = this;
    this.killAfter = 0;
    const ended = work(parts).then(() => false);
    this.#unfinished.push(ended);
    return Promise.race([killed, ended]);
  }

  /** Kept, so that the files that a killed one had open are not closed by the garbage collector, which complains. */
  readonly #unfinished: unknown[] = [];
}
