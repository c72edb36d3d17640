/** `ksocket …` as somebody types it, in an installation of the test's own, with all that it prints. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { ksocketProgram } from '../start/processes.js';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param files of etc/ksocket */
export async function homeOf(t: TestContext, files: Record<string, string | Uint8Array> = {}): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'ksocket-cli-'));
  t.after(() => rm(home, { recursive: true }));
  await mkdir(join(home, 'etc/ksocket'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(home, 'etc/ksocket', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o600 });
  }
  return home;
}

export function ksocket(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [ksocketProgram, ...args],
      { env: { ...process.env, LC_ALL: 'C', KSOCKET_HOME: home, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
