/** One examination inside the test's own process, so that it can bring a name server of its own; what it prints is kept. */
import type { LookupFunction } from 'node:net';
import type { Context } from '../../context.js';
import { type CheckReport, Examination } from '../examination.js';

export interface Examined {
  readonly code: number;
  readonly text: string;
  /** Of the check, without the header. */
  readonly report: CheckReport;
}

/** A name server that knows these names and nobody else. */
export const names =
  (known: Readonly<Record<string, readonly string[]>>, otherwise = 'ENOTFOUND'): LookupFunction =>
  (host, _, answer) => {
    const found = known[host];
    if (found === undefined) {
      answer(Object.assign(new Error(`getaddrinfo ${otherwise} ${host}`), { code: otherwise }), []);
    } else
      answer(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };

/** Runs the check twice: for its lines, and for its report. */
export async function examined(
  home: string,
  run: (examination: Examination) => Promise<unknown>,
  { language = 'en', env = {} }: { readonly language?: 'en' | 'ja'; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Examined> {
  const once = async (json: boolean) => {
    let text = '';
    const stdout = {
      write: (more: string) => {
        text += more;
        return true;
      },
    };
    const context = {
      language,
      stdout,
      stderr: stdout,
      env: { ...env, KSOCKET_HOME: home },
      signal: new AbortController().signal,
    };
    const examination = new Examination(context as unknown as Context, { json });
    await examination.check('it', run);
    return { code: examination.end(), text };
  };
  const { code, text } = await once(false);
  const { checks } = JSON.parse((await once(true)).text) as { checks: CheckReport[] };
  return { code, text, report: checks[0]! };
}
