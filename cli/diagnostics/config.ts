/**
 * `ksocket diagnostics config`: the manual's four lines about the settings file, then what the manual leaves to the first scan: the
 * files beside it, and whether the agent may use them.
 */
import { access, constants, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { endpointOf, expandHome, type FrozenSettings, settingsFileOf } from '../../core/config/index.js';
import { type Credentials, credentialsOf } from '../../core/container/credentials.js';
import { readAuthorities } from '../../core/container/route.js';
import type { Failure } from '../../core/contract/index.js';
import { readers, StrictModes } from '../../core/credentials/index.js';
import { Policy, readPolicy } from '../../core/policy/index.js';
import { type Outcome, type Step, type Told, Trouble } from '../checklist.js';
import type { Text } from '../language.js';
import type { Examination } from './examination.js';
import { readingOf } from './settings.js';

export async function config(examination: Examination): Promise<void> {
  const { steps, settings } = readingOf(examination);
  if (!(await examination.block(steps))) return;
  const read = examination.keepsQuietAbout(settings());
  const credentials = await credentialsOf({ home: examination.home, settings: read }, examination.redactor);
  await examination.block(
    [
      needed(read),
      modeOfSettings(examination),
      modesOfFolders(examination, read),
      policy(examination),
      authorities(examination, read),
      ...credentials.map((it) => credentialFiles(it)),
      writable(examination, read),
    ],
    { independent: true },
  );
}

/** Without these two there is no space for the agent. */
function needed(settings: FrozenSettings): Step {
  return {
    title: 'Check connect.host and connect.token',
    run() {
      endpointOf(settings);
      if (settings.connect.token !== undefined) return undefined;
      throw new Trouble(
        ['connect.token is not set', 'connect.token が設定されていません'],
        [
          'issue a token for a slot of your space and set it: ksocket config connect.token TOKEN',
          'スペースでスロットのトークンを発行し、設定してください: ksocket config connect.token トークン',
        ],
      );
    },
  };
}

/** It holds the token; the agent reads it all the same, so this is only told. */
function modeOfSettings({ home }: Examination): Step {
  return {
    title: 'Check permissions of KSOCKET_CONFIG',
    async run() {
      if (process.platform === 'win32') return { skipped: true, detail: 'ACLs are not looked at' };
      const file = settingsFileOf(home)!;
      const { mode, uid, gid } = await stat(file);
      const shown = `${(mode & 0o777).toString(8).padStart(4, '0')}, user ${uid}, group ${gid}`;
      if ((mode & 0o007) === 0) return { detail: shown };
      return {
        detail: shown,
        notes: [
          [
            `every user of this machine may read the token in it: chmod 640 ${file}`,
            `このマシンの全ユーザーがトークンを読めます: chmod 640 ${file}`,
          ],
        ],
      };
    },
  };
}

/** Who may write there decides what the agent reads. The files of a folder that is refused are told by their own step, too. */
function modesOfFolders({ home }: Examination, settings: FrozenSettings): Step {
  return {
    title: 'Check who may write to the folders',
    async run() {
      if (process.platform === 'win32') return { skipped: true, detail: 'ACLs are not looked at' };
      const credentials = expandHome(settings.directories.credentials, home);
      const modes = new StrictModes(await readers(credentials));
      const folders = [dirname(settingsFileOf(home)!), home.etc, credentials];
      for (const folder of folders) {
        const refused = await modes.refusal(folder, { isSearched: true });
        if (refused !== undefined) throw refused;
      }
      const owners = (await Promise.all(folders.map((it) => modes.owners(it)))).flat();
      const notes = new Map(owners.map(({ path, uid }) => [path, ownerNote(path, uid)]));
      return { notes: [...notes.values()] };
    },
  };
}

const ownerNote = (path: string, uid: number): Text => [
  `${path} belongs to user ${uid}, who decides by that which files the agent uses`,
  `${path} の所有者はユーザー ${uid} です。エージェントが使用するファイルはこのユーザーが変更できます`,
];

function policy({ home }: Examination): Step {
  return {
    title: 'Read policy.toml',
    remedy: [
      `correct ${join(home.etc, 'policy.toml')}; until then no scan runs`,
      `${join(home.etc, 'policy.toml')} を修正してください。修正するまでスキャンは実行されません`,
    ],
    async run() {
      return (await readPolicy(home)) === Policy.open
        ? { skipped: true, detail: 'not there, everything is permitted' }
        : undefined;
    },
  };
}

function authorities({ home }: Examination, { connect: { caFile } }: FrozenSettings): Step {
  return {
    title: 'Read connect.caFile',
    remedy: [
      'name a PEM file that is there: ksocket config connect.caFile FILE',
      '存在する PEM ファイルを指定してください: ksocket config connect.caFile ファイル',
    ],
    async run() {
      if (caFile === undefined) return { skipped: true, detail: 'not set' };
      const { length } = await readAuthorities(expandHome(caFile, home));
      return { detail: length === 1 ? '1 certificate' : `${length} certificates` };
    },
  };
}

function credentialFiles({ collector, book }: Credentials): Step {
  return {
    title: `Read credentials/${collector}`,
    run(): Outcome {
      const [first, ...others] = book.broken;
      if (first !== undefined)
        throw new Trouble(first.fault.message, remediesOf([first, ...others].map((it) => it.fault)));
      const { length } = book.files;
      if (length === 0) return { skipped: true, detail: 'no files' };
      return { detail: length === 1 ? '1 file' : `${length} files` };
    },
  };
}

/** What to do about the first, and the others in the same breath. */
function remediesOf([first, ...others]: readonly Failure[]): Told {
  const own = first?.remedy ?? 'correct the file';
  return others.length === 0 ? own : `${own}; then: ${others.map((it) => it.sentence).join('; then: ')}`;
}

/** The journal and the log; the agent ends without them. */
function writable({ home }: Examination, settings: FrozenSettings): Step {
  return {
    title: 'Write to var/lib/ksocket and the log',
    async run() {
      const log = settings.logfile === '-' ? [] : [dirname(expandHome(settings.logfile, home))];
      for (const folder of [home.lib, ...log]) {
        const place = await nearest(folder);
        await access(place, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
          throw new Trouble(
            [`${place} may not be written to (${error.code})`, `${place} に書き込めません (${error.code})`],
            [
              `have it belong to the agent's user: ls -ld ${place}`,
              `エージェントのユーザーが書き込めるようにしてください: ls -ld ${place}`,
            ],
          );
        });
      }
      return undefined;
    },
  };
}

/** The folder, or the one above it in which it will be made. */
async function nearest(folder: string): Promise<string> {
  const there = await stat(folder).then(
    () => true,
    () => false,
  );
  return there || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
