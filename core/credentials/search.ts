/**
 * The order in which credential files are tried (seed 3.2.4): files and folders of one level in dictionary order, a folder's
 * content where the folder stands, names that begin with `_` left out. The seed's text says breadth first, its worked
 * example (3.2.5) goes into a folder where it stands; operators have arranged their files by the example.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StrictModes } from './strict-modes.js';

export interface SearchOptions {
  /** Also those whose name, or whose folder's name, begins with `_`. */
  readonly all?: boolean;
  /** Without it every folder is gone through. */
  readonly modes?: StrictModes;
}

/** Folders below folders; more is a mistake. Linked folders are not entered, so a loop of links cannot be. */
const maxDepth = 16;

/**
 * Paths below `root`, in search order, with `/` whatever the platform. A missing root is an empty one; a folder that cannot be read,
 * or to which others may write, stands there itself, with a `/` at its end, and keeps nobody from the others.
 */
export async function searchOrder(root: string, { all = false, modes }: SearchOptions = {}): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') found.push(folder === '' ? '' : `${folder}/`);
      return [];
    });
    if (entries.length > 0 && (await modes?.refusal(join(root, folder), { isSearched: true })) !== undefined) {
      found.push(folder === '' ? '' : `${folder}/`);
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('_') && !all) continue;
      // A volume of Kubernetes: what is in `..2024_01_01_…` is linked from beside it, and would be there twice.
      if (entry.name.startsWith('..')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < maxDepth) await visit(path, depth + 1);
      else if (/\.(toml|ya?ml)$/.test(entry.name) && !entry.isDirectory()) found.push(path);
    }
  };
  await visit('', 0);
  return found;
}
