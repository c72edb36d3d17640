/** One process at a time works on the slots. The lock names its holder, so that one who was killed does not hold it for ever. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { failure } from '../contract/index.js';
import { storageFailure, storing } from '../runtime/index.js';

/** @throws Failure E_UPDATE while another process holds it */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mine = `${path}.${process.pid}`;
  // One of this number that was killed has left it, and a lock that is the same file under another name.
  await storing(`write ${path}`, async () => {
    await rm(mine, { force: true });
    await writeFile(mine, await identityOf(process.pid), { mode: 0o644, flag: 'wx' });
  });
  try {
    await take(path, mine);
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** A link appears with all of its content or not at all. */
async function take(path: string, mine: string): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    const taken = await link(mine, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw storageFailure(error, `write ${path}`);
      },
    );
    if (taken) return;
    const holder = await readFile(path, 'utf8').catch(() => '');
    const pid = Number.parseInt(holder, 10);
    if (pid > 0 && holder === (await identityOf(pid))) break;
    await removeStale(path, `${mine}.stale`, holder);
  }
  throw failure('E_UPDATE', 'another ksocket update is at work', { remedy: 'wait until it has ended' });
}

/** Whoever else finds it stale as well may have removed it and hold the place by now: what is not what was judged is put back. */
async function removeStale(path: string, aside: string, holder: string): Promise<void> {
  await rename(path, aside).catch(() => undefined);
  const taken = await readFile(aside, 'utf8').catch(() => holder);
  if (taken !== holder) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Numbers of processes come again; with the tick of its birth and the boot, a process is known for sure. */
async function identityOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return isAlive(pid) ? `${pid}` : '';
  const [stat, boot] = await Promise.all(
    [`/proc/${pid}/stat`, '/proc/sys/kernel/random/boot_id'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  // The name in parentheses may hold anything (proc(5)); the 20th field after it is the start time.
  const born = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ')[19];
  return born === undefined ? '' : `${pid} ${born} ${boot!.trim()}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
