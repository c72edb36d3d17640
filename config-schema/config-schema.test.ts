import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { complaint, nearest, sampleToml, settingFields, settingsOf, settingsSchema } from './index.js';

/** The list of the manual's 2.2.1, in its order, without token and host, which have no default. */
const seed = {
  logfile: '$KSOCKET_HOME/var/log/ksocket/ksocket.log',
  loglevel: 'INFO',
  logformat: '%(asctime)s %(levelname)s %(name)s:%(funcName)s:%(lineno)d %(message)s',
  logfilters: 'ksocket',
  'connect.name': 'ksocket',
  'connect.protocol': 'wss',
  'connect.port': 443,
  'connect.endpoint': '%(protocol)s://%(host)s:%(port)d/api/ksocket/connect',
  'connect.heartbeatTimeout': 30,
  'connect.heartbeatInterval': 60,
  'connect.resumeTimeout': 60,
  'connect.resumeRetries': 120,
  'connect.resumePlateau': 10,
  'connect.resumeThreshold': 120,
  'connect.requestTimeout': 60,
  'connect.requestRetries': 10,
  'connect.maxOperations': 100,
  'connect.maxRunningOperations': 5,
  'operations.networksScanMode': 'intranet',
  'directories.credentials': `\${KSOCKET_HOME}/etc/ksocket/credentials`,
};

test('every setting of the manual is there with its default, in its order', () => {
  const ours = settingFields().filter((f) => f.defaultValue !== undefined && f.name in seed);
  assert.deepEqual(Object.fromEntries(ours.map((f) => [f.name, f.defaultValue])), seed);
  assert.deepEqual(
    ours.map((f) => f.name),
    Object.keys(seed),
  );
});

test('every setting has a sentence', () => {
  for (const field of settingFields()) assert.ok(field.description.length > 10, field.name);
});

test('the sample is TOML, and all of it uncommented is valid', () => {
  const sample = sampleToml(settingsSchema, ['heading']);
  assert.deepEqual(settingsSchema.parse(parse(sample)), settingsSchema.parse({}));
  const open = sample
    .split('\n')
    .map((line) => (/^#\w+ = /.test(line) ? line.slice(1).replace('= …', '= "x"') : line))
    .filter((line) => !/^maxPacketRate/.test(line))
    .join('\n');
  const { connect, ...rest } = settingsSchema.parse(parse(open));
  assert.equal(connect.host, 'x');
  assert.deepEqual({ ...rest, connect: 0 }, { ...settingsSchema.parse({}), connect: 0 });
});

test('an unknown name is answered with its path and the nearest one', () => {
  const known = settingFields().map((f) => f.name);
  const say = (data: unknown) => complaint(settingsSchema.safeParse(data).error!.issues, known, data);
  assert.doesNotMatch(say({ connect: { host: 'x', 's3.cret': null } }), /s3|cret/, 'after a comma it may be the token');
  assert.equal(say({ connect: { hots: 'x' } }), 'connect.hots: unknown name; did you mean connect.host?');
  assert.equal(
    say({ connect: { heartbeat_timeout: 3 } }),
    'connect.heartbeat_timeout: this setting is now called connect.heartbeatTimeout',
  );
  assert.match(
    say({ connect: { insecure: true } }),
    /this setting is gone; set the environment variable KSOCKET_INSECURE/,
  );
  assert.equal(say({ zzz: 1 }), 'zzz: unknown name');
  assert.match(say({ connect: { port: 70_000 } }), /^connect\.port: /);
  assert.match(say({ connect: { host: 'https://x.example/' } }), /^connect\.host: is no host name/);
});

test('the nearest name is one that could be meant', () => {
  assert.equal(nearest('conect', ['connect', 'operations']), 'connect');
  assert.equal(nearest('xyz', ['connect', 'operations']), undefined);
});

/** A schema of another library: it speaks Standard Schema and nothing else. */
const foreign = {
  '~standard': {
    version: 1,
    vendor: 'ours',
    validate: (value: unknown) =>
      Object.hasOwn(value as object, 'wrong')
        ? { issues: [{ message: 'is wrong', path: ['wrong'] }] }
        : { value: { ...(value as object), made: true } },
  },
} as const;

test('settings of plug-ins stand below the manual’s, each in its table, and a stranger’s schema judges its own', () => {
  const schema = settingsOf([
    { name: 'here', settings: z.strictObject({ rate: z.number().default(5).describe('Packets a second') }) },
    { name: 'foreign', settings: foreign },
    { name: 'silent' },
  ]);
  const fields = settingFields(schema).filter((it) => it.name.startsWith('plugin.'));
  assert.deepEqual(
    fields.map(({ name, defaultValue, ours }) => [name, defaultValue, ours]),
    [['plugin.here.rate', 5, true]],
  );
  assert.deepEqual(schema.parse({}).plugin, { here: { rate: 5 }, foreign: { made: true } });
  const say = (data: unknown) => complaint(schema.safeParse(data).error!.issues, ['plugin.here.rate']);
  assert.equal(say({ plugin: { here: { rat: 1 } } }), 'plugin.here.rat: unknown name; did you mean plugin.here.rate?');
  assert.equal(say({ plugin: { foreign: { wrong: 1 } } }), 'plugin.foreign.wrong: is wrong');
  assert.match(say({ plugin: { silent: {} } }), /^plugin\.silent: unknown name/);
});
