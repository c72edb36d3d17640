import { version as read } from '../version.js';
import type { Command } from './command.js';

export const version: Command = (parser, { context, text }) => {
  parser.command(
    'version',
    text(['Print the version', 'バージョンを表示する']),
    (y) => y,
    ({ json }) => void context.stdout.write(json ? `${JSON.stringify({ version: read() })}\n` : `${read()}\n`),
  );
};
