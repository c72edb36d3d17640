/** When an account is spared, and what counts. */
import type { Failure } from '../../contract/index.js';
import type { Entry, Refusal } from './ledger.js';

/** Windows and pam_faillock lock at 3 by the strictest of their usual settings (CIS: 5): one is left for the account's owner. */
const mostRefusals = 2;
/** Usual times after which hosts forget wrong passwords are 10 to 60 minutes. */
const sparedMs = 60 * 60_000;

/** What has left has arrived by then: the scan gives no login longer than a minute. */
const longestMs = 2 * 60_000;

/**
 * The peer has answered, and refused no secret: it wants another way of logging in, does not do what was asked, or permits this account,
 * which it knows, nothing.
 */
export const isHarmless = ({ code }: Failure): boolean =>
  code === 'E_LOGIN_METHOD' || code === 'E_UNSUPPORTED' || code === 'E_PRIVILEGE';

export function sparedUntil({ refusals }: Entry, now: number): number | undefined {
  const until = Math.max(0, ...refusals.map(({ at }) => at)) + sparedMs;
  return refusals.length >= mostRefusals && now < until ? until : undefined;
}

/**
 * Somebody has corrected it. A file that was not seen when the account was refused is no correction of anything, nor is a secret that was
 * refused from another file.
 */
export function isChanged({ files }: Entry, file: string, mark: string): boolean {
  const seen = files.find((it) => it.file === file);
  return seen !== undefined && seen.mark !== mark && !files.some((it) => it.mark === mark && it.at > 0);
}

/** Has the one correction that a spared account is given been tried? Whoever edits many files at once has many. */
export const isCorrected = ({ refusals }: Entry, now: number): boolean =>
  refusals.some(({ at, isCorrection }) => isCorrection && now < at + sparedMs);

/** One refusal, of this secret. Under the same id it is the same one, of which more is known. */
export function counted(entry: Entry, refusal: Refusal, file: string, mark: string): Entry {
  const known = entry.refusals.find(({ id }) => id === refusal.id);
  const isCorrection = refusal.isCorrection ?? known?.isCorrection ?? false;
  return {
    ...entry,
    refusals: [
      ...entry.refusals.filter((it) => it !== known),
      { ...refusal, isCorrection, isUnanswered: refusal.isUnanswered ?? false },
    ],
    files: [...entry.files.filter((it) => it.file !== file), { file, mark, at: refusal.at }],
  };
}

/** What has come of the last logins, in words: a host that hangs once it has the secret is no wrong password to be corrected. */
export function whatCame({ refusals }: Entry): {
  readonly text: string;
  readonly refused: number;
  readonly unanswered: number;
} {
  // What is under way has not been answered either.
  const unanswered = refusals.filter((it) => it.isUnanswered || it.isSent).length;
  const refused = refusals.length - unanswered;
  const parts = [refused > 0 && `${refused} refused`, unanswered > 0 && `${unanswered} not answered`];
  return { text: parts.filter(Boolean).join(' and '), refused, unanswered };
}

/** No secret was refused after all. */
export const takenBack = (entry: Entry, id: string): Entry | undefined => {
  const refusals = entry.refusals.filter((it) => it.id !== id);
  return refusals.length === 0 ? undefined : { ...entry, refusals };
};

/**
 * The host has accepted a login that was sent then: whatever it had refused before is forgotten. What may have come after it stays: what
 * was refused since, and what is under way, be it that of a process that is dead.
 */
export function accepted(entry: Entry, mark: string, id: string, sentAt: number, now: number): Entry | undefined {
  const refusals = entry.refusals.filter(
    (it) => it.id !== id && (it.isSent ? now - it.at < longestMs : it.at > sentAt),
  );
  // It is none of those that were refused.
  const files = entry.files.map((it) => (it.mark === mark ? { ...it, at: 0 } : it));
  return refusals.length === 0 ? undefined : { ...entry, refusals, files };
}

/** To the minute. Logs and reports are read elsewhere, so it is UTC. */
export const timeOf = (ms: number): string =>
  `${new Date(Math.ceil(ms / 60_000) * 60_000).toISOString().slice(0, 16)}Z`;
