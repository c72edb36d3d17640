/** `ksuninstall`: says what it will do, asks, unregisters the service, removes the files. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { Checklist, type Step } from '../../cli/checklist.js';
import { type Context, UsageError } from '../../cli/context.js';
import { type Language, say } from '../../cli/language.js';
import { serviceManagerRuns } from '../../cli/service/index.js';
import { packageRoot } from '../../core/config/index.js';
import { failure, sentenceOf } from '../../core/contract/index.js';
import { slotNames } from '../../core/update/index.js';
import { installerLanguage, usageOf } from '../install/given.js';
import type { Io } from '../install/ksinstall.js';
import { removeShortcuts } from '../install/start-menu.js';
import type { Layout } from '../layout.js';
import { othersIn } from '../occupants.js';
import { ksocketService } from '../service.js';
import { installationAt, removeInstallation } from './removal.js';
import { cancelled, done, help, left, noTerminal, question, warning } from './words.js';

interface Asked {
  readonly directory: string;
  readonly keepConfig: boolean;
  readonly service: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly language: Language;
}

/** @returns the exit code */
export async function ksuninstall(args: readonly string[], io: Io): Promise<number> {
  try {
    const asked = readAsked(args, io.env);
    if (!asked.help) return await uninstall(asked, io);
    io.stdout.write(say(asked.language, help));
    return 0;
  } catch (error) {
    io.stderr.write(`ksuninstall: ${sentenceOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function uninstall(asked: Asked, io: Io): Promise<number> {
  const { language, keepConfig, json } = asked;
  const layout = await installationAt(asked.directory);
  const text = say(language, warning(layout.home, keepConfig));
  if (!json) io.stdout.write(text);
  if (!asked.yes && !(await agreed(language, io))) {
    io.stdout.write(say(language, cancelled));
    return 0;
  }
  const context: Context = { language, ...io, signal: new AbortController().signal };
  const list = new Checklist(context, { json });
  let kept: string[] = [];
  const remove: Step = {
    title: 'Remove the files',
    run: async () => {
      kept = await removeInstallation(layout, keepConfig);
      return { detail: layout.home };
    },
  };
  // From inside the directory that goes away, too: a process needs a working directory that exists.
  process.chdir(resolve(layout.home, '..'));
  const unregistered = await unregister(layout, asked);
  const ok = unregistered && (await list.block([endStep(layout), ...removeShortcuts(), remove]));
  const foreign = kept.filter((name) => !keepConfig || !name.startsWith(layout.etc));
  if (json) {
    const report = { ok, directory: layout.home, steps: list.steps, left: kept };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (ok) {
    list.print(say(language, done(layout.home)));
    if (foreign.length > 0) list.print(say(language, left(foreign)));
  }
  return ok ? 0 : 1;
}

/** By the version that runs, in its own lines. @throws Failure when the service would stay behind without its program */
async function unregister(layout: Layout, { service, json }: Asked): Promise<boolean> {
  // Whoever takes a broken installation away runs from the slot that is left.
  const slot = (await layout.place.active()) ?? layout.place.own();
  // Nothing was ever completed here, or nothing manages services: then none was registered.
  if (!service || slot === undefined || !(await serviceManagerRuns())) return true;
  const { code } = await ksocketService({ layout, slot, arguments: ['uninstall'], show: !json });
  if (code === 0) return true;
  throw failure('E_INPUT', 'the service could not be unregistered; no file was removed', {
    remedy: 'see ksocket service uninstall, or give --no-service to remove the files all the same',
  });
}

/** A process that goes on without its program would fail at the next thing that it has to load. */
function endStep(layout: Layout): Step {
  return {
    title: 'Check that nothing runs from it',
    run: async () => {
      const others = await othersIn(slotNames.map((name) => layout.place.slot(name)));
      if (others === undefined) return undefined;
      throw failure('E_INPUT', `${others} still runs from ${layout.home}`, {
        remedy: 'end it, then run ksuninstall again',
      });
    },
  };
}

/** Only a clear yes is one. */
async function agreed(language: Language, io: Io): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stdout, terminal: false });
  try {
    io.stdout.write(say(language, question));
    for await (const line of lines) return /^\s*y(?:es)?\s*$/i.test(line);
    // The end of a script's input is no answer.
    if (io.stdin.isTTY) return false;
    throw new UsageError(say(language, noTerminal));
  } finally {
    lines.close();
  }
}

function readAsked(args: readonly string[], env: NodeJS.ProcessEnv): Asked {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        directory: { type: 'string' },
        lang: { type: 'string' },
        ...{ 'keep-config': flag, 'no-service': flag, json: flag },
        ...{ yes: { ...flag, short: 'y' }, help: { ...flag, short: 'h' } },
      },
    });
    return {
      directory: values.directory ?? ownHome() ?? env.KSOCKET_HOME ?? '',
      keepConfig: values['keep-config'],
      service: !values['no-service'],
      yes: values.yes,
      json: values.json,
      help: values.help,
      language: installerLanguage(args, env),
    };
  } catch (error) {
    throw usageOf(error);
  }
}

/** The installation that this program runs from: HOME/usr/lib/ksocket/slots/a/app. The environment may name another one. */
function ownHome(): string | undefined {
  const slots = resolve(packageRoot, '../..');
  return /[/\\]usr[/\\]lib[/\\]ksocket[/\\]slots$/.test(slots) ? resolve(slots, '../../../..') : undefined;
}
