import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { testLogger } from '../../test/kit/host.js';
import { findHome } from '../config/index.js';
import { type Plugin, Secret, scanMode, secret } from '../contract/index.js';
import { systemClock, systemRandom } from '../runtime/index.js';
import { setUp } from './roster.js';

const seen: unknown[] = [];
const mode = scanMode({
  name: 'acme',
  doc: 'A mode with settings of its own',
  settings: z.strictObject({ site: z.string().default('tokyo'), key: secret().optional() }),
  setup: (host) => {
    seen.push(host.settings);
    return { async *candidates() {} };
  },
});

function setUpWith(settings: Record<string, unknown>, kept: unknown[] = []) {
  return setUp([mode as Plugin], {
    home: findHome({ KSOCKET_HOME: '/nowhere' }),
    settings,
    clock: systemClock,
    random: systemRandom,
    logger: testLogger,
    keepSecret: (it) => kept.push(it),
  });
}

test('a plug-in is given its own table of the settings file, checked, with its defaults, frozen, its secrets kept out of the log', () => {
  const kept: unknown[] = [];
  setUpWith({ acme: { key: 'canary' } }, kept);
  const settings = seen.at(-1) as { site: string; key: Secret };
  assert.equal(settings.site, 'tokyo');
  assert.ok(settings.key instanceof Secret && Object.isFrozen(settings));
  assert.deepEqual(kept, [settings]);
});

test('a wrong value or a table of nobody stops the agent with file, table and what may be meant', () => {
  assert.throws(() => setUpWith({ acme: { site: 5 } }), /ksocket\.toml: \[plugin\.acme\]: site: Invalid input/);
  assert.throws(
    () => setUpWith({ amce: {} }),
    /ksocket\.toml: plugin\.amce: unknown name; did you mean plugin\.acme\?/,
  );
});
