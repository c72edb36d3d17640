/**
 * Logging in: which collectors and credential files are tried at an address, in which order, and what came of each. Gentle:
 * one attempt a file, none at all where a closed door was already seen.
 */
import { asFailure, type Failure, failure, type Target } from '../contract/index.js';
import type { CredentialFile } from '../credentials/index.js';
import { cleanText } from '../inventory/index.js';
import type { ReadyCollector } from '../plugin-host/index.js';
import type { Outcome } from '../wire/index.js';
import { type DoorParts, type Entered, filesFor, hopsOf, openOwn, openWith } from './door.js';
import { FileOrder, PutOff } from './file-order.js';

export interface EntranceParts extends DoorParts {
  /** Hears what came of each file as soon as it was tried; `fault` undefined: it gets in. */
  readonly tried?: (file: CredentialFile, fault: Failure | undefined) => void;
}

export interface Attempt {
  readonly entered: Entered | undefined;
  /** What to report when nothing more comes of it. */
  readonly outcome: Outcome;
}

/** Tries one collector at one address. Never throws. */
export async function enter(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  signal: AbortSignal,
): Promise<Attempt> {
  const name = ready.collector.name;
  const skipped = (fault: Failure): Attempt => ({
    entered: undefined,
    outcome: { collector: name, result: 'skipped', ...reasonOf(fault) },
  });
  if (!parts.policy.permitsCollector(name))
    return skipped(failure('E_POLICY', `collector ${name}: policy.toml does not list it`));
  if (target.own && ready.parts.openOwn !== undefined) return enterOwn(parts, ready, target, signal);
  const files = await filesFor(parts, name, target.address);
  if (files.length === 0) {
    parts.log.warn(`no credential file matches ${target.address} for ${name}`);
    return skipped(
      failure('E_NO_CREDENTIAL', `${name} at ${target.address}`, {
        remedy: `add a file to credentials/${name} whose includes cover ${target.address}`,
      }),
    );
  }
  parts.log.info(`credential files for ${target.address} by ${name}`, { files: files.map((f) => f.name).join(', ') });
  return tryFiles(parts, ready, target, files, signal);
}

async function tryFiles(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  files: readonly CredentialFile[],
  signal: AbortSignal,
): Promise<Attempt> {
  const name = ready.collector.name;
  const matched = files.map((file) => file.name.slice(0, 512)).slice(0, 1000);
  const tried: NonNullable<Outcome['tried']> = [];
  const closedDoors = new Set<string>();
  let last: Failure | undefined;
  const order = new FileOrder(files);
  for (const file of order) {
    if (signal.aborted) break;
    let door = '';
    try {
      door = JSON.stringify([file.fields.port, hopsOf(parts, file)]);
      if (closedDoors.has(door)) continue;
      const entered = await openWith(parts, ready, target, { file, canWait: order.canPutOff }, signal);
      tried.push({ credential: file.name });
      parts.books.get(name)?.worked(target.address, file);
      parts.tried?.(file, undefined);
      return { entered, outcome: { collector: name, result: 'ok', matched, tried } };
    } catch (error) {
      if (error instanceof PutOff) {
        order.putOff(file);
        continue;
      }
      last = asFailure(error, `${name} at ${target.address}`);
      parts.log.info(
        `${file.name} does not open ${target.address}: ${last.message}`,
        last.code === 'E_PLUGIN' ? { cause: String(last.cause) } : {},
      );
      tried.push({ credential: file.name, code: last.code, reason: reasonOf(last).reason });
      parts.tried?.(file, last);
      // A refused connection or a missing route does not depend on who knocks.
      if (last.code === 'E_REFUSED' || last.code === 'E_UNREACHABLE') closedDoors.add(door);
      if (last.code === 'E_HOST_KEY') break;
    }
  }
  const fault = last ?? failure('E_CANCELLED', `${name} at ${target.address}`);
  return { entered: undefined, outcome: { collector: name, result: 'failed', ...reasonOf(fault), matched, tried } };
}

async function enterOwn(
  parts: EntranceParts,
  ready: ReadyCollector,
  target: Target,
  signal: AbortSignal,
): Promise<Attempt> {
  const collector = ready.collector.name;
  try {
    return { entered: await openOwn(parts, ready, target, signal), outcome: { collector, result: 'ok' } };
  } catch (error) {
    const fault = asFailure(error, `${collector} on this machine`);
    return { entered: undefined, outcome: { collector, result: 'failed', ...reasonOf(fault) } };
  }
}

export function reasonOf(fault: Failure): { code: string; reason: string; remedy?: string } {
  return {
    code: fault.code,
    reason: cleanText(fault.message).slice(0, 1024),
    ...(fault.remedy ? { remedy: cleanText(fault.remedy).slice(0, 1024) } : {}),
  };
}
