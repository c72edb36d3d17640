/** The style sheet, the script and the icon: files as they are, read once, named by their content so that browsers keep them. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { failure } from '../../core/contract/failure.js';
import type { AssetPaths } from './layout.js';

const files = { css: 'space.css', js: 'space.js', icon: 'icon.svg' } as const;
const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** @throws Failure E_STORAGE when the package lacks them. */
export function serveAssets(app: FastifyInstance): AssetPaths {
  const folder = join(packageRoot(), 'space', 'page', 'assets');
  const paths: Record<string, string> = {};
  for (const [name, file] of Object.entries(files)) {
    const content = readFileSync(join(folder, file));
    const [stem = '', extension = ''] = file.split('.');
    const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
    const path = `/assets/${stem}-${digest}.${extension}`;
    paths[name] = path;
    app.get(path, { config: { open: true } }, (_, reply) =>
      reply
        .headers({ 'content-type': types[extension], 'cache-control': 'public, max-age=31536000, immutable' })
        .send(content),
    );
  }
  return paths as unknown as AssetPaths;
}

/** The folder of package.json, from the source as well as from dist. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw failure('E_STORAGE', 'find the files of the page beside package.json');
    folder = above;
  }
  return folder;
}
