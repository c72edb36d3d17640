/** `ksocket diagnostics` as a process of its own: it may hang on a network that does, and must not take the bundle with it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { failure } from '../../core/contract/index.js';

/** All its checks with their own limits take less. */
const mostMs = 120_000;

const program = fileURLToPath(new URL('../main.js', import.meta.url));

/** @throws Failure when it printed nothing */
export function diagnosis(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      env: environment,
      timeout: mostMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
      signal,
    } as const;
    execFile(
      process.execPath,
      [program, 'diagnostics', ...args, '--logfile', '-', '--loglevel', 'CRITICAL'],
      options,
      (error, stdout, stderr) => {
        if (stdout !== '') resolve(error?.killed ? `${stdout}\nended after ${mostMs / 1000} seconds\n` : stdout);
        else
          reject(failure('E_PLUGIN', 'run ksocket diagnostics', { cause: error, remedy: stderr.trim() || undefined }));
      },
    );
  });
}
