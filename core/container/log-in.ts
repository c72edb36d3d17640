/** Logs in with credential files as a scan does, for an operator who wants to know which of them get in. */
import type { Address, Failure } from '../contract/index.js';
import type { CredentialFile } from '../credentials/index.js';
import { enter } from '../scan/index.js';
import type { Credentials } from './credentials.js';
import { tokens } from './tokens.js';
import type { Wiring } from './wiring.js';

/** What came of one file: it gets in, it does not and why, or it was not tried. */
export type Trial = { readonly result: 'in' | 'untried' } | { readonly result: 'out'; readonly fault: Failure };

export interface Knocking {
  /** Resolves as soon as it is known. */
  of(file: CredentialFile): Promise<Trial>;
}

/**
 * Logs in as a scan does: the files that match, in their order, each once at most, until one gets in. The session is closed at once.
 * @param credentials all of them, since a file may name hops that have files of their own
 */
export function logIn(
  wiring: Wiring,
  credentials: readonly Credentials[],
  { name, address }: { readonly name: string; readonly address: Address },
  signal: AbortSignal,
): Knocking {
  const { collectors } = wiring.get(tokens.roster);
  const ready = collectors.find(({ collector }) => collector.name === name)!;
  const books = new Map(credentials.map(({ collector, book }) => [collector, book]));
  const trials = new Map<CredentialFile, { promise: Promise<Trial>; resolve: (trial: Trial) => void }>();
  for (const file of books.get(name)?.files ?? []) {
    let resolve: (trial: Trial) => void = () => undefined;
    const promise = new Promise<Trial>((done) => {
      resolve = done;
    });
    trials.set(file, { promise, resolve });
  }
  const parts = {
    collectors,
    books,
    policy: wiring.get(tokens.policy),
    clock: wiring.get(tokens.clock),
    watch: wiring.get(tokens.guard).watch(),
    log: wiring.get(tokens.log).logger('ksocket.diagnostics'),
    tried: (file: CredentialFile, fault: Failure | undefined) =>
      trials.get(file)?.resolve(fault === undefined ? { result: 'in' } : { result: 'out', fault }),
  };
  // Also at an address of our own it is the files that are asked for.
  const attempt = enter(parts, ready, { address, own: false }, signal).then(async ({ entered }) => {
    await entered?.close();
    for (const { resolve } of trials.values()) resolve({ result: 'untried' });
  });
  return {
    of: async (file) => {
      const trial = await trials.get(file)!.promise;
      if (trial.result === 'in') await attempt;
      return trial;
    },
  };
}
