/**
 * Files that people write by hand, as data: TOML, and YAML 1.1 for the files of old installations (`yes` is true, `010` is
 * 8), which is deprecated. Used for settings, credential files, the policy and files of plug-ins.
 */
import { load, YAML11_SCHEMA } from 'js-yaml';
import { parse, TomlError } from 'smol-toml';
import { complaint } from '../../config-schema/index.js';
import { failure, type Schema } from '../contract/index.js';

/** A file of the most bytes that are read says fewer values than this, each once. */
const mostValues = 1_000_000;

export const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);

/** @throws Failure E_INPUT naming file, line and column. */
export function parseDocument(text: string, path: string): unknown {
  const data = parsed(text, path);
  if (isYaml(path) && !isBounded(data))
    throw failure('E_INPUT', `${path} says the same things again and again by its aliases, more than any file needs`, {
      remedy: `write what is meant in ${path} in place of *NAME`,
    });
  return data;
}

function parsed(text: string, path: string): unknown {
  try {
    if (!isYaml(path)) return parse(text);
    // A file of nothing, or of comments, says nothing; the library wants a document.
    return isBlank(text) ? {} : (load(text, { schema: YAML11_SCHEMA }) ?? {});
  } catch (error) {
    // Without its cause, in which a piece of the file is drawn.
    throw failure('E_INPUT', `${path}${placeOf(error)} is no ${isYaml(path) ? 'YAML' : 'TOML'}: ${reasonOf(error)}`);
  }
}

/** Ten aliases of ten aliases each, and so on: a short text that whoever looks at every value of it never gets to the end of. */
function isBounded(data: unknown): boolean {
  const left = [data];
  for (let count = 0; left.length > 0; count += 1) {
    if (count + left.length > mostValues) return false;
    const value = left.pop();
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) left.push(inner);
  }
  return true;
}

/**
 * Parsed data against its schema.
 * @param known full names of all fields, to name the nearest one
 * @throws Failure E_INPUT: `/etc/…/ksocket.toml: connect.prot: unknown name; did you mean connect.port?`
 */
export function validate<T>(schema: Schema<T>, data: unknown, path: string, known: readonly string[] = []): T {
  const result = schema['~standard'].validate(data);
  if (result instanceof Promise)
    throw failure('E_PLUGIN', `schema for ${path} answers later; a schema of a file must answer at once`);
  if (result.issues)
    throw failure('E_INPUT', `${path}: ${complaint(result.issues, known, data)}`, { remedy: `correct ${path}` });
  return result.value;
}

const isBlank = (text: string): boolean => text.split('\n').every((line) => /^\s*(?:#|$)/.test(line));

function placeOf(error: unknown): string {
  if (error instanceof TomlError) return `:${error.line}:${error.column}`;
  const mark = (error as { mark?: { line?: number; column?: number } }).mark;
  return mark?.line === undefined ? '' : `:${mark.line + 1}:${(mark.column ?? 0) + 1}`;
}

/**
 * What the parser says, up to where it quotes: an unquoted password with a special first letter stands in the message of a YAML parser,
 * behind a quote, `!<` or a colon, and the rest of a TOML parser's message is a drawing of the file.
 */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? ((error as { reason?: string }).reason ?? error.message) : String(error);
  const first = (message.split('\n', 1)[0] ?? '').replace(/^Invalid TOML document: /, '');
  const [said = ''] = first.split(/["'`<]|: /, 1);
  return said === first ? first : `${said}…`;
}
