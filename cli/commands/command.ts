/** A command as yargs meets it: its words and options, light to import. What it does is imported when it is called. */
import type { Argv } from 'yargs';
import type { CommonOptions, Context } from '../context.js';
import { say, type Text } from '../language.js';

/** The parser with the options that every command takes. */
export type Parser = Argv<CommonOptions>;

export interface Frame {
  readonly context: Context;
  /** The sentence in the language of this run. */
  text(text: Text): string;
  /** The work decides the exit code of the process. */
  ends(work: Promise<number>): Promise<void>;
}

/** Adds itself to the parser. */
export type Command = (parser: Parser, frame: Frame) => void;

export const frameOf = (context: Context, ends: Frame['ends']): Frame => ({
  context,
  ends,
  text: (text) => say(context.language, text),
});
