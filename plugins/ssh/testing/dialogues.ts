/** The recorded dialogues with network devices: what a device says, for the parsers directly and for the device that plays them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../../plugins/ssh/cli/fixtures');

export const dialogues = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => existsSync(join(folder, name, 'dialogue.txt')))
      .sort()
  : [];

export interface Recorded {
  readonly prompt: string;
  readonly banner: string;
  readonly answers: ReadonlyMap<string, string>;
}

export function dialogueFile(name: string, file = 'dialogue.txt'): string {
  return join(folder, name, file);
}

export function readDialogue(file: string): Recorded {
  let prompt = '';
  let banner = '';
  const answers = new Map<string, string[]>();
  let lines: string[] = [];
  const bannerLines: string[] = [];
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    if (!line.startsWith('@@ ')) {
      lines.push(line);
      continue;
    }
    const [word, ...rest] = line.slice(3).split(' ');
    lines = [];
    if (word === 'prompt') prompt = rest.join(' ');
    else if (word === 'banner') lines = bannerLines;
    else answers.set(rest.join(' '), lines);
  }
  banner = bannerLines.join('\n');
  return { prompt, banner, answers: new Map([...answers].map(([command, it]) => [command, it.join('\n')])) };
}
