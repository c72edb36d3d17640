/** The settings file, read in the manual's four steps, each of which is a fault of its own. */
import { existsSync } from 'node:fs';
import { settingsOf } from '../../config-schema/index.js';

import type { FrozenSettings } from '../../core/config/index.js';
import { isYaml, noSettings, parseDocument, settingsFileOf, settingsIn } from '../../core/config/index.js';
import { importPlugins } from '../../core/container/plugins.js';
import { decodeText, readBytes } from '../../core/runtime/index.js';
import type { Step, Told } from '../checklist.js';
import type { Text } from '../language.js';
import type { Examination } from './examination.js';

const correct: Text = [
  'correct the file, or name another one in KSOCKET_CONFIG',
  'ファイルを修正するか、KSOCKET_CONFIG で別のファイルを指定してください',
];

/** @returns steps, and what they came to when all of them went well */
export function readingOf({ home }: Pick<Examination, 'home'>): {
  readonly steps: readonly Step[];
  readonly settings: () => FrozenSettings;
} {
  let file = '';
  let bytes: Buffer;
  let text: string;
  let data: unknown;
  let settings: FrozenSettings;
  const steps: Step[] = [
    {
      title: 'Read KSOCKET_CONFIG as bytes',
      remedy: correct,
      async run() {
        const found = settingsFileOf(home);
        if (found === undefined) throw noSettings(home);
        file = found;
        bytes = await readBytes(file);
        return { notes: unreadBeside(file) };
      },
    },
    {
      title: 'Read KSOCKET_CONFIG as UTF-8',
      remedy: correct,
      run() {
        text = decodeText(bytes, file);
        return undefined;
      },
    },
    {
      title: 'Read KSOCKET_CONFIG as TOML/YAML',
      remedy: correct,
      run() {
        data = parseDocument(text, file);
        return isYaml(file)
          ? { notes: [['YAML is deprecated; write it as TOML', 'YAML は非推奨です。TOML で書いてください']] }
          : undefined;
      },
    },
    {
      title: 'Read KSOCKET_CONFIG as config file',
      remedy: correct,
      async run() {
        settings = settingsIn(data, file, settingsOf(await importPlugins()));
        return undefined;
      },
    },
  ];
  return { steps, settings: () => settings };
}

/** Somebody may be editing a file that nobody reads. */
function unreadBeside(file: string): Told[] {
  const others = ['toml', 'yaml', 'yml'].map((kind) => file.replace(/\.(toml|ya?ml)$/, `.${kind}`));
  return [...new Set(others)]
    .filter((other) => other !== file && existsSync(other))
    .map((other) => [`${other} is not read, since ${file} is there`, `${file} があるため ${other} は読み込まれません`]);
}

/** The settings for a check that needs them; only where they cannot be read is a step shown. */
export async function settingsFor(examination: Examination): Promise<FrozenSettings | undefined> {
  const { steps, settings } = readingOf(examination);
  for (const step of steps) {
    try {
      await step.run();
    } catch (error) {
      await examination.fails(step.title, error, step.remedy);
      return undefined;
    }
  }
  return examination.keepsQuietAbout(settings());
}
