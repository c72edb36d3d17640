/** A node with everything that the model knows, made from the schemas: what a page forgets to show is found here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { sectionSchemas } from '../../core/contract/index.js';
import type { StoredNode } from '../storage/node-rows.js';
import { html } from './html.js';
import { nodePage } from './node.js';
import { languages } from './texts.js';

interface Shape {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Record<string, Shape>;
  readonly items?: Shape;
}

/** Lists whose rows have another place (the addresses of an interface stand in its row) or no text (the lines of a UPS). */
const elsewhere = /ups\.(in|out)put|packages$|cpu\.packages|interfaces\.addresses|logicalVolumes/;

/** A value of this shape whose texts say where they stand, and would run if they were not escaped. */
function sample(shape: Shape, path: string, lists: string[]): unknown {
  if (shape.enum) return shape.enum[0];
  if (shape.type === 'string') return `${path}<script>`;
  if (shape.type === 'number' || shape.type === 'integer') return 7;
  if (shape.type === 'boolean') return true;
  if (shape.type === 'array' && shape.items) {
    if (shape.items.type === 'object' && !elsewhere.test(path)) lists.push(path);
    return [sample(shape.items, path, lists)];
  }
  const fields = Object.entries(shape.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, sample(field, `${path}.${name}`, lists)]));
}

for (const [language, texts] of Object.entries(languages)) {
  test(`the page of a node shows every list that the model has, escaped (${language})`, () => {
    const lists: string[] = [];
    const sections = Object.fromEntries(
      Object.entries(sectionSchemas).map(([name, schema]) => [
        name,
        sample(z.toJSONSchema(schema) as Shape, name, lists),
      ]),
    );
    const document = {
      ...{ keys: [], key: '', displayName: 'x', updatedAt: '', numberOfPackages: 0, numberOfWindowsUpdates: 0 },
      ...{ deviceTypes: [], addresses: [], interfaces: [], system: {}, extraFields: {}, packages: [] },
      ...{ sections, provenance: [], outcomes: [], history: [] },
    } as unknown as StoredNode;
    const data = { document, packages: [], packageFilter: '', packageOffset: 0, query: {}, status: undefined };
    const page = String(html`${nodePage(texts, { ...data, firstSeen: undefined, lastSeen: undefined })}`);
    assert.ok(lists.length > 25, `${lists.length}`);
    const forgotten = lists.filter((path) => !page.includes(`${path}.`) && !page.includes(`${path}&lt;`));
    assert.deepEqual(forgotten, []);
    assert.ok(!page.includes('<script>'));
    assert.ok(page.includes('security.users.name&lt;script&gt;'));
  });
}
