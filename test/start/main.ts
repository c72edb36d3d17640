/**
 * `npm start`: a space and an agent on 127.0.0.1 and a first scan of this machine, through the real path, as real processes.
 * `npm start -- --demo` scans the lab's small company instead (root on Linux). Ctrl-C ends everything; the data stays.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { languageOf, say, type Text } from '../../cli/language.js';
import { renderReport } from '../../cli/nodes.js';
import { Progress } from '../../cli/progress.js';
import { findHome, readSettings } from '../../core/config/index.js';
import { systemClock } from '../../core/runtime/index.js';
import { buildLab, type Lab, labMissing } from '../lab/index.js';
import { putExamples } from './examples.js';
import { ksocketProgram, watch } from './processes.js';
import { Stage } from './stage.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const args = process.argv.slice(2);
const language = languageOf(args, process.env);
const demo = args.includes('--demo');
const tell = (text: Text) => void process.stderr.write(`${say(language, text)}\n`);

/** Where people look first; another one when it is taken. */
const usualPort = 8080;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`npm start: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});

async function main(): Promise<number> {
  const unknown = args.find((arg) => arg !== '--demo' && !arg.startsWith('--lang') && !['en', 'ja'].includes(arg));
  if (unknown !== undefined) {
    process.stderr.write(`npm start: unknown option ${unknown}; there is --demo\n`);
    return 2;
  }
  const home = join(root, '.ksocket', ...(demo ? ['demo'] : []));
  await onlyOne(home);
  const lab = demo ? await openLab() : undefined;
  if (demo && lab === undefined) return 1;
  try {
    const stage = await Stage.open({
      home,
      port: await freePort(usualPort),
      ...(lab === undefined
        ? {}
        : {
            startAgent: () =>
              watch(
                lab.spawn(lab.agent.namespace, [process.execPath, ksocketProgram, 'connect'], {
                  stdio: ['ignore', 'pipe', 'pipe'],
                  env: { ...process.env, KSOCKET_HOME: home },
                }),
              ),
          }),
    });
    try {
      return await firstScan(stage, home, lab);
    } finally {
      await stage.close();
    }
  } finally {
    await lab?.close();
  }
}

async function firstScan(stage: Stage, home: string, lab: Lab | undefined): Promise<number> {
  const { networkId, slotId, token } =
    lab === undefined
      ? // Only this machine, by name, and nothing else whatever it knows of its neighbours.
        await stage.slot('this-machine', ['127.0.0.1'], ['127.0.0.1'])
      : await stage.slot('demo', lab.networks, lab.networks);
  await stage.settings(token ?? (await keptToken(home)));
  if (lab === undefined) await putExamples(root, home);
  else {
    const credentials = join(home, 'etc', 'ksocket', 'credentials');
    await rm(credentials, { recursive: true, force: true });
    await cp(lab.credentials, credentials, { recursive: true });
    // The lab's hosts are new machines each time: what was known of the last ones does not hold.
    await rm(join(home, 'var', 'lib', 'ksocket', 'ssh'), { recursive: true, force: true });
    await lab.relay(stage.port);
  }
  tell([`the page: ${stage.loginUrl}`, `画面: ${stage.loginUrl}`]);
  await stage.startAgent();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve('interrupted'));
    if (stopping.signal.aborted) resolve('interrupted');
  });
  const scanned = await Promise.race([scanOnce(stage, slotId, networkId), interrupted]);
  if (scanned === 'interrupted') return 0;
  process.stdout.write(scanned.text);
  tell([
    `\nThe page: ${stage.loginUrl}\nCtrl-C ends space and agent; the data stays in ${home}`,
    `\n画面: ${stage.loginUrl}\nCtrl-C でスペースとエージェントを終了します。データは ${home} に残ります`,
  ]);
  await Promise.race([interrupted, stage.space.ended, stage.agent!.ended]);
  if (!stopping.signal.aborted) {
    tell([
      `ended by itself: ${stage.space.errors()}${stage.agent!.errors()}`,
      `予期せず終了しました: ${stage.space.errors()}${stage.agent!.errors()}`,
    ]);
    return 1;
  }
  return scanned.ok ? 0 : 1;
}

async function scanOnce(stage: Stage, slotId: string, networkId: string): Promise<{ ok: boolean; text: string }> {
  await stage.connected(slotId);
  const { scanId } = await stage.startScan(networkId);
  const context = {
    language,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: stopping.signal,
  };
  const progress = new Progress(context, systemClock);
  // The bar's timer would keep the process alive after Ctrl-C.
  stopping.signal.addEventListener('abort', () => progress.end());
  const state = await stage.scanEnded(
    networkId,
    scanId,
    ({ progress: it }) => progress.update({ ...it, remainingSeconds: it.remainingSeconds ?? undefined }),
    stopping.signal,
  );
  progress.end();
  const nodes = state.snapshotId === null ? [] : await stage.nodes(networkId, state.snapshotId);
  const width = process.stdout.isTTY ? process.stdout.columns : 0;
  const text = renderReport({ nodes, summary: undefined, findings: [], cancelled: false }, 'table', language, width);
  return {
    ok: state.status === 'done',
    text: state.status === 'done' ? text : `${text}${state.status}: ${state.code ?? ''} ${state.note ?? ''}\n`,
  };
}

/** Two starts on one folder would change each other's settings. @throws Error naming the other one */
async function onlyOne(home: string): Promise<void> {
  const file = join(home, 'start.pid');
  const other = Number(await readFile(file, 'utf8').catch(() => ''));
  if (other > 0 && other !== process.pid && isAlive(other)) {
    throw new Error(`runs already as process ${other}; end that one first (its data are in ${home})`);
  }
  await mkdir(home, { recursive: true });
  await writeFile(file, String(process.pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The token of the last start; the space has only its hash. */
async function keptToken(home: string): Promise<string> {
  const { settings } = await readSettings(findHome({ KSOCKET_HOME: home }), { optional: true });
  const kept = settings.connect.token?.reveal();
  if (kept === undefined)
    throw new Error(
      `the token of the last start is gone from ${home}/etc/ksocket/ksocket.toml; remove ${home} to begin anew`,
    );
  return kept;
}

async function openLab(): Promise<Lab | undefined> {
  const missing = await labMissing();
  if (missing.length > 0) {
    tell([
      `--demo needs ${missing.join(', ')} (run as root; npm test installs the packages)`,
      `--demo には ${missing.join('、')} が必要です（root で実行してください。パッケージは npm test がインストールします）`,
    ]);
    return undefined;
  }
  tell(['building a small company in network namespaces…', 'ネットワーク名前空間に小さな会社を作っています…']);
  return buildLab();
}

/** The port, when nobody has it; otherwise any free one. */
async function freePort(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
