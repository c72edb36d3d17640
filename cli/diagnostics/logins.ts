/** The second half of `ksocket diagnostics credentials ADDRESS`: whether each file that is for the address gets in. */
import type { FrozenSettings } from '../../core/config/index.js';
import { composeCore } from '../../core/container/compose-core.js';
import type { Credentials } from '../../core/container/credentials.js';
import { logIn } from '../../core/container/log-in.js';
import { tokens } from '../../core/container/tokens.js';
import type { Wiring } from '../../core/container/wiring.js';
import type { Address } from '../../core/contract/index.js';
import type { CredentialFile } from '../../core/credentials/index.js';
import { type Outcome, type Step, Trouble } from '../checklist.js';
import type { Examination } from './examination.js';
import { remedyFor } from './login-remedies.js';
import { withParts } from './parts.js';

export const logins = (
  examination: Examination,
  settings: FrozenSettings,
  found: readonly Credentials[],
  address: Address,
): Promise<void> =>
  withParts(examination, settings, composeCore, async (wiring) =>
    examination.block(await loginSteps(wiring, found, address, examination.context.signal), { independent: true }),
  );

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
