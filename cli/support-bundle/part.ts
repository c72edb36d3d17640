/** One file of the bundle, and how parts are made so that a broken one never costs the others. */
import { sentenceOf } from '../../core/contract/index.js';
import type { Text } from '../language.js';

export interface Part {
  /** Path within the bundle. */
  readonly name: string;
  readonly about: Text;
  readonly content: string;
  /** What is missing in it, and why. */
  readonly problem?: string | undefined;
}

/** Makes a part; what cannot be read stands in it as a sentence. */
export async function part(name: string, about: Text, make: () => Promise<unknown> | unknown): Promise<Part> {
  try {
    const made = await make();
    return { name, about, content: typeof made === 'string' ? made : json(made) };
  } catch (error) {
    const problem = sentenceOf(error);
    return { name, about, content: name.endsWith('.json') ? json({ error: problem }) : `${problem}\n`, problem };
  }
}

export const json = (value: unknown): string => `${JSON.stringify(value ?? null, null, 2)}\n`;
