/**
 * Where the parts of an update lie. `usr/lib/ksocket` is root's: what runs, and the word on what may. `var/lib/ksocket/update`
 * is the agent's: what it asks for and what it says of itself, which root believes no further than a signature reaches.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { findHome, type Home, packageRoot } from '../config/index.js';
import { readIfThere, writeAtomic } from '../runtime/index.js';

export const slotNames = ['a', 'b'] as const;
export type SlotName = (typeof slotNames)[number];
export const otherSlot = (slot: SlotName): SlotName => (slot === 'a' ? 'b' : 'a');

/** The runtime of a slot, and the program that it runs. */
export const programIn = (slot: string): { readonly node: string; readonly main: string } => ({
  node: join(slot, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
  main: join(slot, 'app', 'dist', 'cli', 'main.js'),
});

export class Place {
  readonly directory: string;
  readonly slots: string;
  readonly stateFile: string;
  /** Root's own copy of the bundle that is being judged. */
  readonly copy: string;
  readonly lockFile: string;
  /** The agent's part. */
  readonly requestFile: string;
  readonly incoming: string;
  readonly markFile: string;
  readonly offerFile: string;

  constructor({ directory, lib }: Pick<Home, 'directory' | 'lib'>) {
    this.directory = join(directory, 'usr', 'lib', 'ksocket');
    this.slots = join(this.directory, 'slots');
    this.stateFile = join(this.directory, 'update.json');
    this.copy = join(this.directory, 'judged.update');
    this.lockFile = join(this.directory, 'update.lock');
    const asked = join(lib, 'update');
    this.requestFile = join(asked, 'request.json');
    this.incoming = join(asked, 'incoming.update');
    this.markFile = join(asked, 'trial.json');
    this.offerFile = join(asked, 'offer.json');
  }

  slot(name: SlotName): string {
    return join(this.slots, name);
  }

  /** The slot that the launcher starts; undefined in a source checkout, which has none. */
  active(): Promise<SlotName | undefined> {
    return this.#readName('active');
  }

  /** The slot that is known to work, whose program judges the other. */
  settled(): Promise<SlotName | undefined> {
    return this.#readName('settled');
  }

  async point(what: 'active' | 'settled', slot: SlotName): Promise<void> {
    if ((await this.#readName(what)) !== slot) await writeAtomic(join(this.directory, what), `${slot}\n`, 0o644);
  }

  /** The slot that this very program runs from, or undefined when it runs from none. */
  own(root = packageRoot): SlotName | undefined {
    return slotNames.find((name) => realPath(join(this.slot(name), 'app')) === root);
  }

  /** What a slot says it is; undefined when there is nothing that could be started. */
  versionIn(slot: SlotName): string | undefined {
    try {
      const { version } = JSON.parse(readFileSync(join(this.slot(slot), 'slot.json'), 'utf8')) as { version?: unknown };
      return typeof version === 'string' ? version : undefined;
    } catch {
      return undefined;
    }
  }

  async #readName(file: string): Promise<SlotName | undefined> {
    const text = (await readIfThere(join(this.directory, file)))?.trim();
    return slotNames.find((name) => name === text);
  }
}

/** Node knows its program by the name without links; KSOCKET_HOME may be one, or lie behind one (/opt on another disk). */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

export const placeOf = (env: NodeJS.ProcessEnv): Place => new Place(findHome(env));
