/** `ksocket diagnostics credentials ADDRESS`: which credential files are for an address, in which order, and whether each gets in. */
import { expandHome } from '../../core/config/index.js';
import { type Credentials, credentialsOf, logIn, noLog, tokens, type Wiring } from '../../core/container/index.js';
import type { Address } from '../../core/contract/index.js';
import { type CredentialFile, guardIn, type LockoutGuard, timeOf } from '../../core/credentials/index.js';
import { systemClock, systemRandom } from '../../core/runtime/index.js';
import { type Outcome, type Step, Trouble } from '../checklist.js';
import { readAddress } from '../collect.js';
import type { Text } from '../language.js';
import type { Examination } from './examination.js';
import { remedyFor } from './login-remedies.js';
import { withParts } from './parts.js';
import { settingsFor } from './settings.js';

export async function credentials(examination: Examination, text: string, tries: boolean): Promise<void> {
  const address = readAddress(text);
  const { home, redactor, context } = examination;
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
  await withParts(examination, settings, async (wiring) =>
    examination.block(await loginSteps(wiring, found, address, context.signal), { independent: true }),
  );
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

/** Each collector's own, one after the other: two of them at once would look like an attack. */
async function loginSteps(
  wiring: Wiring,
  found: readonly Credentials[],
  address: Address,
  signal: AbortSignal,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const it of found) {
    // The order in which a scan would try them now.
    const files = await wiring.get(tokens.guard).watch().order(it.book.matching(address), address);
    steps.push(...loginStepsOf(wiring, found, { collector: it.collector, address, files }, signal));
  }
  return steps;
}

function loginStepsOf(
  wiring: Wiring,
  found: readonly Credentials[],
  { collector, address, files }: { collector: string; address: Address; files: readonly CredentialFile[] },
  signal: AbortSignal,
): Step[] {
  const policy = wiring.get(tokens.policy);
  let knocking: ReturnType<typeof logIn> | undefined;
  let entered: string | undefined;
  const knock = () => (knocking ??= logIn(wiring, found, { name: collector, address }, signal));
  return files.map((file) => ({
    title: `Log in with ${file.name}`,
    async run(): Promise<Outcome> {
      const refused = policy.permitsCollector(collector)
        ? policy.refuses(address)
        : `policy.toml does not list the collector ${collector}`;
      if (refused !== undefined) throw new Trouble(refused, remedyFor('E_POLICY'));
      const trial = await knock().of(file);
      if (trial.result === 'out') {
        const { code, message, remedy } = trial.fault;
        throw new Trouble(message, code === 'E_LOCKOUT' ? remedyFor(code) : (remedy ?? remedyFor(code)));
      }
      if (trial.result === 'in') entered = file.name;
      if (trial.result === 'in') return {};
      // A host key that changed, or a port that is closed, is the same for every file.
      return { skipped: true, detail: entered === undefined ? 'it would end the same way' : `${entered} gets in` };
    },
  }));
}
