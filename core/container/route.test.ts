import assert from 'node:assert/strict';
import test from 'node:test';
import { settingsSchema } from '../../config-schema/index.js';
import { linkOf } from './route.js';

const trusted = (connect: Record<string, unknown>, insecure = false) =>
  linkOf({ settings: settingsSchema.parse({ connect }), insecure }).trusted;

test('only a verified link, or one that leaves no machine, is trusted with logins', () => {
  assert.ok(trusted({ host: 'space.example' }));
  assert.ok(trusted({ host: '127.0.0.1', protocol: 'ws' }));
  assert.ok(trusted({ host: '::1', protocol: 'ws' }));
  assert.ok(!trusted({ host: 'space.example', protocol: 'ws' }));
  assert.ok(!trusted({ host: 'space.example' }, true));
  assert.ok(!trusted({ endpoint: 'ws://space.example/api' }));
  assert.ok(!trusted({ host: '127.0.0.1', protocol: 'ws', proxy: 'http://proxy.example' }));
  assert.ok(trusted({ host: '127.0.0.1', protocol: 'ws', proxy: 'none' }));
});
