/** `ksinstall`: asks or is told, says what it will do, does it step by step, and hands the service over to `ksocket service install`. */
import { Checklist, type Step } from '../../cli/checklist.js';
import { type Context, UsageError } from '../../cli/context.js';
import { type Language, say, type Text } from '../../cli/language.js';
import { serviceManagerRuns } from '../../cli/service/index.js';
import { sentenceOf } from '../../core/contract/index.js';
import { defaultHome, layoutOf } from '../layout.js';
import { holdInstallation } from '../lock.js';
import { type Change, changeData, changeLines } from '../migrate/change.js';
import { type Migration, planMigration, writeCopies } from '../migrate/index.js';
import { judgeBy } from '../migrate/judge.js';
import { type Payload, readPayload } from '../payload.js';
import { ksocketService } from '../service.js';
import { nextSlot } from '../slots.js';
import { answersTo } from './answers.js';
import { Cancelled, cancelledText, questions } from './ask.js';
import { readEarlier } from './earlier.js';
import { type Given, help, installerLanguage, readGiven } from './given.js';
import { generatedFolder } from './settings-file.js';
import { startMenuStep } from './start-menu.js';
import { closeStep, installSteps, type Work } from './steps.js';
import { summaryOf } from './summary.js';
import { checkedDirectory } from './wishes.js';

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * @param archive folder of the payload; that of this program unless a test says otherwise
 * @returns the exit code
 */
export async function ksinstall(args: readonly string[], io: Io, archive?: string): Promise<number> {
  try {
    const given = readGiven(args, io.env);
    if (given.help) io.stdout.write(say(given.language, help));
    else {
      const payload = await readPayload(archive);
      if (!given.version) return await install(given, payload, io);
      io.stdout.write(`${payload.version}\n`);
    }
    return 0;
  } catch (error) {
    const text = error instanceof Cancelled ? say(installerLanguage(args, io.env), cancelledText) : sentenceOf(error);
    io.stderr.write(`ksinstall: ${text}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function install(given: Given, payload: Payload, io: Io): Promise<number> {
  const { language } = given;
  const hasTerminal = io.stdin.isTTY && io.stdout.isTTY;
  const ask = hasTerminal && !given.yes && !given.json ? questions(language) : undefined;
  ask?.greet(payload.version);
  const usual = defaultHome(io.env);
  const directory = checkedDirectory(given.directory ?? (await ask?.directory(usual)) ?? usual);
  const layout = layoutOf(directory);
  const earlier = await readEarlier(layout);
  const migration =
    given.from === undefined
      ? undefined
      : await planMigration(given.from, directory, await judgeBy(generatedFolder(payload)));
  const before = new Map([...earlier.settings, ...(migration?.settings ?? [])]);
  const answers = await answersTo(given, before, ask, io.stdin);
  const settings = new Map([...(migration?.settings ?? []), ...answers]);
  const wishes = { directory, settings, service: given.service, user: given.user };
  const summary = await summaryOf(language, payload, earlier, wishes, new Map([...before, ...answers]));
  const context: Context = { language, ...io, signal: new AbortController().signal };
  const list = new Checklist(context, given);
  const told = migration === undefined ? '' : migrationText(migration, language);
  if (ask !== undefined) await ask.agree(told === '' ? summary : `${summary}\n\n${told}`);
  else list.print(`${summary}\n\n${told === '' ? '' : `${told}\n`}`);
  const kept: Change[] = [];
  const takeOver = migration && takeOverStep(migration, kept, layoutOf(directory));
  const ok = await runSteps(list, { layout, payload, earlier, wishes, takeOver });
  list.print(changeLines(kept, language));
  const service =
    ok && wishes.service ? await installService(list, given, layout, nextSlot(earlier.active)) : undefined;
  const done = ok && service?.code !== 1;
  if (given.json) {
    const changes = changeData([...(migration?.changes ?? []), ...kept], language);
    const report = {
      ok: done,
      directory,
      version: payload.version,
      steps: list.steps,
      changes,
      service: service?.report,
    };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (done) list.print(say(language, nextText(payload.version, directory)));
  return done ? 0 : 1;
}

async function runSteps(list: Checklist, work: Work): Promise<boolean> {
  const steps: Step[] = [...installSteps(work), ...startMenuStep(work.layout, work.payload)];
  // The checks come before the first write, and holding the place is one.
  let release: (() => Promise<void>) | undefined;
  const hold: Step = {
    title: 'Check for other installers',
    run: async () => {
      release = await holdInstallation(work.layout);
      return undefined;
    },
  };
  try {
    return await list.block([...steps.slice(0, 3), ...closeStep(work), hold, ...steps.slice(3)]);
  } finally {
    await release?.();
  }
}

function migrationText({ source, changes }: Migration, language: Language): string {
  const title: Text = [`Taken over from ${source.home}`, `${source.home} からの引き継ぎ`];
  return `${say(language, title)}:\n${changeLines(changes, language)}`;
}

function takeOverStep(migration: Migration, kept: Change[], layout: Work['layout']): Step {
  return {
    title: 'Take over the credential files',
    run: async () => {
      kept.push(...(await writeCopies(layout, migration.copies)));
      return { skipped: migration.copies.length === 0, detail: String(migration.copies.length - kept.length) };
    },
  };
}

/** The lines are those of `ksocket service install` itself. */
async function installService(list: Checklist, given: Given, layout: Work['layout'], slot: 'a' | 'b') {
  if (!(await serviceManagerRuns())) {
    list.print(
      say(given.language, [
        `\nNo service manager runs here. ${layout.launcher} connect is what it would start.\n`,
        `\nサービス管理機構が動いていません。${layout.launcher} connect を直接実行してください。\n`,
      ]),
    );
    return undefined;
  }
  list.print('\n');
  const user = given.user === undefined ? [] : ['--user', given.user];
  const json = given.json ? ['--json'] : [];
  const answer = await ksocketService({ layout, slot, arguments: ['install', ...user, ...json], show: !given.json });
  let report: unknown = answer.stdout.trim() || undefined;
  try {
    report = JSON.parse(answer.stdout);
  } catch {
    // What it said is better than nothing.
  }
  return { code: answer.code === 0 ? 0 : 1, report };
}

const nextText = (version: string, directory: string): Text =>
  process.platform === 'win32'
    ? [
        `\nKsocket ${version} is installed. Start > Fixpoint > ksocket (PowerShell) opens a shell for its commands.\n`,
        `\nKsocket ${version} をインストールしました。スタートメニューの「ksocket (PowerShell)」からコマンドを実行できます。\n`,
      ]
    : [
        `\nKsocket ${version} is installed. A shell for its commands: PATH="${directory}/bin:$PATH" $SHELL\n`,
        `\nKsocket ${version} をインストールしました。コマンドを使うシェル: PATH="${directory}/bin:$PATH" $SHELL\n`,
      ];
