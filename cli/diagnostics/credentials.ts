/** `ksocket diagnostics credentials ADDRESS`: which credential files are for an address, in which order, and whether each gets in. */
import { expandHome } from '../../core/config/index.js';
import { type Credentials, credentialsOf } from '../../core/container/credentials.js';
import type { Address } from '../../core/contract/index.js';
import { guardIn, type LockoutGuard, timeOf } from '../../core/credentials/index.js';
import { noLog, systemClock, systemRandom } from '../../core/runtime/index.js';
import { readAddress } from '../address.js';
import { type Outcome, type Step, Trouble } from '../checklist.js';
import type { Text } from '../language.js';
import type { Examination } from './examination.js';
import { settingsFor } from './settings.js';

export async function credentials(examination: Examination, text: string, tries: boolean): Promise<void> {
  const address = readAddress(text);
  const { home, redactor } = examination;
  const settings = await settingsFor(examination);
  if (settings === undefined) return;
  const found = await credentialsOf({ home, settings }, redactor);
  const log = noLog.logger('ksocket.diagnostics');
  const guard = guardIn(`${home.lib}/lockout`, { clock: systemClock, random: systemRandom, log });
  examination.states([
    ['Address', address],
    ['Credentials', expandHome(settings.directories.credentials, home)],
  ]);
  await examination.block(matchSteps(found, address, guard), { independent: true });
  if (!tries || found.every(({ book }) => book.matching(address).length === 0)) return;
  // Most often the question is why a file is not for an address; only who logs in loads what that takes.
  const { logins } = await import('./logins.js');
  await logins(examination, settings, found, address);
}

/** Every file of every collector, in search order. */
function matchSteps(found: readonly Credentials[], address: Address, guard: LockoutGuard): Step[] {
  const steps = found.flatMap((it) =>
    it.order.map((name) => ({ title: name, run: () => matchOf(it, name, address, guard) })),
  );
  const matching = found.flatMap(({ book }) => book.matching(address));
  if (matching.length > 0) return steps;
  const none: Step = {
    title: 'Find a file for the address',
    run() {
      throw new Trouble(
        [`no credential file is for ${address}`, `${address} に適合する接続情報ファイルがありません`],
        [
          `write one whose includes cover it, such as credentials/ssh/00_common.toml with includes = ["${address}"]`,
          `includes に ${address} を含むファイルを作成してください (例: credentials/ssh/00_common.toml)`,
        ],
      );
    },
  };
  return [...steps, none];
}

async function matchOf(found: Credentials, name: string, address: Address, guard: LockoutGuard): Promise<Outcome> {
  const { book, leftOut } = found;
  if (leftOut.has(name)) return { skipped: true, detail: 'its name, or that of its folder, begins with _' };
  const broken = book.broken.find((it) => it.name === name);
  if (broken !== undefined) throw broken.fault;
  const file = book.files.find((it) => it.name === name)!;
  const included = file.includes.match(address);
  if (included === undefined) return { skipped: true, detail: 'not in includes' };
  const excluded = file.excludes.match(address);
  if (excluded !== undefined) return { skipped: true, detail: `excludes ${excluded.text}` };
  const notes: Text[] = [];
  if (book.good.get(address) === name)
    notes.push(['it got in last time, so it is tried first', '前回ログインできたため、最初に試します']);
  const spared = await guard.sparedIn(file, address);
  if (spared !== undefined) {
    const { account, refusals, unanswered, until } = spared;
    notes.push([
      `${account} is spared until ${timeOf(until)}: ${refusals} logins in a row were refused${unanswered > 0 ? ' or not answered' : ''}`,
      `${account} は ${timeOf(until)} まで使いません (${refusals} 回続けて${unanswered > 0 ? '、拒否されたか、応答がありません' : '拒否されました'})`,
    ]);
  }
  return { detail: `includes ${included.text}`, notes, ...(spared === undefined ? {} : { data: { spared } }) };
}
