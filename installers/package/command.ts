/** Other people's programs, run to their end; what they said is in the error, with the Debian package that brings a missing one. */
import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Which Debian package has the program. */
const packages: Readonly<Record<string, string>> = {
  'dpkg-deb': 'dpkg',
  rpmbuild: 'rpm',
  zip: 'zip',
  tar: 'tar',
  gzip: 'gzip',
  strip: 'binutils',
  'aarch64-linux-gnu-strip': 'binutils-aarch64-linux-gnu',
  'arm-linux-gnueabihf-strip': 'binutils-arm-linux-gnueabihf',
  'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64',
  'x86_64-w64-mingw32-windres': 'binutils-mingw-w64-x86-64',
  make: 'make',
  flex: 'flex',
  bison: 'bison',
  'apt-get': 'apt',
};

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Nothing of the caller's locale or time zone may be seen in what is built. */
export const plainEnvironment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  ...more,
});

/** @returns its standard output. @throws Error with its last words */
export async function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], {
      cwd: options.cwd,
      env: plainEnvironment(options.env),
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    throw explained(program, args, error as NodeJS.ErrnoException & { stderr?: string; stdout?: string });
  }
}

/** With a file as its standard input or output. @throws Error when it does not end with 0 */
export async function commandWith(
  program: string,
  args: readonly string[],
  stdio: SpawnOptions['stdio'],
  options: CommandOptions = {},
): Promise<void> {
  const child = spawn(program, [...args], { cwd: options.cwd, env: plainEnvironment(options.env), stdio });
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(explained(program, args, error)));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} ended with ${code}`)),
    );
  });
}

function explained(
  program: string,
  args: readonly string[],
  error: NodeJS.ErrnoException & { stderr?: string; stdout?: string },
): Error {
  if (error.code === 'ENOENT') {
    const from = packages[program];
    return new Error(`${program} is not installed${from === undefined ? '' : `; on Debian: apt-get install ${from}`}`, {
      cause: error,
    });
  }
  const said = `${error.stdout ?? ''}\n${error.stderr ?? ''}`.trim().split('\n').slice(-30).join('\n');
  return new Error(`${program} ${args.join(' ')} failed:\n${said || error.message}`, { cause: error });
}
