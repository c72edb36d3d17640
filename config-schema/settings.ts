/**
 * Every setting of ksocket.toml, declared once: type, default, range and one sentence. The order is that of the seed's list
 * (`ksocket config`), ours after it; JSON Schema, the commented sample and the reference are generated from here.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { Secret, secret } from '../core/contract/secret.js';
import { logLevels, logStyles, scanModes } from './choices.js';
import { parseLogFormat } from './log-format.js';
import { proxyComplaint } from './proxy-url.js';

const seconds = (low: number, high: number) => z.number().min(low).max(high);
const count = (low: number, high: number) => z.number().int().min(low).max(high);

/** One record may take half of it. */
const leastLogBytes = 65_536;

/** RFC 1123 host name or an IP address; the port and the scheme have settings of their own. */
const hostName = z
  .string()
  .max(253)
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.|$))+$|^[0-9A-Fa-f:]+$/,
    'is no host name; leave out the scheme, the port and the path',
  );

/** It goes into an HTTP header: printable ASCII (RFC 9110, 5.5). */
const tokenText = z
  .string()
  .max(1024)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'is no token; copy it again from the space, without line breaks');

/** Words that are no secret: as one, the log would blank them wherever they occur. */
const proxyWords = ['environment', 'none', 'direct'] as const;
type ProxyWord = (typeof proxyWords)[number];
const isProxyWord = (text: string): text is ProxyWord => (proxyWords as readonly string[]).includes(text);

const proxyAddress = z
  .string()
  .max(2048)
  .superRefine((text, context) => {
    const wrong = isProxyWord(text) ? undefined : proxyComplaint(text);
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
  })
  .transform((text): ProxyWord | Secret => (isProxyWord(text) ? text : new Secret(text)));

const logFormat = z
  .string()
  .max(4096)
  .superRefine((text, context) => {
    const read = parseLogFormat(text);
    if (typeof read === 'string') context.addIssue({ code: 'custom', message: read });
  });

/** 32 bytes in base64 after `sha256/`; curl writes a second slash, and the digest itself may begin with one. */
const pin = z
  .string()
  .regex(
    /^sha256\/{1,2}[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
    'is no pin; write sha256/ and the SHA-256 of the public key in base64 (44 characters)',
  );

export const settingsSchema = z.strictObject({
  logfile: z
    .string()
    .min(1)
    .default('$KSOCKET_HOME/var/log/ksocket/ksocket.log')
    .describe('File that the log is written to; - is the standard output'),
  loglevel: z.enum(logLevels).default('INFO').describe('Least severe level that is written'),
  logformat: logFormat
    .default('%(asctime)s %(levelname)s %(name)s:%(funcName)s:%(lineno)d %(message)s')
    .describe('Line of the log, in the notation of Python’s logging'),
  logfilters: z
    .string()
    .default('ksocket')
    .describe('Names of the loggers that are written, separated by commas; a name covers those below it'),
  logstyle: z.enum(logStyles).default('text').describe('text: lines of the format above; json: one JSON object a line'),
  logmaxbytes: count(0, 2 ** 40)
    .refine((bytes) => bytes === 0 || bytes >= leastLogBytes, `is 0, or at least ${leastLogBytes} bytes`)
    .default(10 * 1024 * 1024)
    .describe('Bytes after which the log goes on in a new file; 0 never begins one'),
  logbackups: count(1, 1000).default(5).describe('Older files of the log that are kept: ksocket.log.1, .2, …'),
  connect: z
    .strictObject({
      token: secret(tokenText).optional().describe('Token of the slot, issued by the space'),
      name: z.string().min(1).max(128).default('ksocket').describe('Name under which this agent presents itself'),
      protocol: z
        .enum(['wss', 'ws'])
        .default('wss')
        .describe('wss, or ws without encryption for a space on this machine'),
      host: hostName.optional().describe('Host name of the space'),
      port: count(1, 65_535).default(443).describe('Port of the space'),
      endpoint: z
        .string()
        .min(1)
        .default('%(protocol)s://%(host)s:%(port)d/api/ksocket/connect')
        .describe('URL of the agents’ end point; the three settings above are filled in'),
      heartbeatTimeout: seconds(1, 3600)
        .default(30)
        .describe('Seconds after a heartbeat within which anything must arrive'),
      heartbeatInterval: seconds(1, 3600).default(60).describe('Seconds between heartbeats'),
      resumeTimeout: seconds(1, 3600).default(60).describe('Seconds that one attempt to connect may take as a whole'),
      resumeRetries: count(0, 1_000_000)
        .default(120)
        .describe('Consecutive failed attempts after which the agent ends'),
      resumePlateau: seconds(1, 3600).default(10).describe('Seconds at which the wait between attempts stops growing'),
      resumeThreshold: seconds(0, 86_400)
        .default(120)
        .describe('Seconds that a connection must hold before attempts count from zero again'),
      requestTimeout: seconds(1, 3600).default(60).describe('Seconds to wait for the answer to a request'),
      requestRetries: count(0, 1000)
        .default(10)
        .describe('Times that a request is repeated before the connection is given up'),
      maxOperations: count(1, 1000).default(100).describe('Operations that may be open at once'),
      maxRunningOperations: count(1, 1000).default(5).describe('Operations that may run at once'),
      proxy: proxyAddress
        .default('environment')
        .describe(
          'Proxy to the space (http, https, socks5 or socks5h URL), none, or environment: HTTPS_PROXY, ALL_PROXY, NO_PROXY',
        ),
      caFile: z
        .string()
        .min(1)
        .optional()
        .describe('PEM file of certificate authorities that are trusted besides the usual ones'),
      pins: z
        .array(pin)
        .max(32)
        .default([])
        .describe('Public keys (sha256/BASE64) of which the certificates of the space must have one; empty: any'),
    })
    .prefault({}),
  operations: z
    .strictObject({
      networksScanMode: z.enum(scanModes).default('intranet').describe('What a scan looks at: intranet, azure or aws'),
      maxAddresses: count(1, 16_777_216).default(65_536).describe('Addresses that one scan may look at in all'),
      maxPacketRate: count(1, 1_000_000).optional().describe('Packets a second that a scan never exceeds'),
    })
    .prefault({}),
  directories: z
    .strictObject({
      credentials: z
        .string()
        .min(1)
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the seed prints it in this form; it is expanded when it is used
        .default('${KSOCKET_HOME}/etc/ksocket/credentials')
        .describe('Folder of the credential files'),
    })
    .prefault({}),
  update: z
    .strictObject({
      mode: z
        .enum(['off', 'notify', 'auto'])
        .default('notify')
        .describe('What is done with an update that the space offers: refuse it, tell of it, or install it'),
      keys: z
        .enum(['all', 'own'])
        .default('all')
        .describe('Whose signature an update needs: of the keys of the release or of your own, or only of your own'),
      signatures: count(1, 16)
        .default(1)
        .describe('How many of your own keys (etc/ksocket/update-keys/*.pem) must have signed an update'),
    })
    .prefault({}),
  // What stands in each is the plug-in's own to say: see `settingsOf`.
  plugin: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe('Settings of plug-ins, each in a table of its name'),
});

export type Settings = z.output<typeof settingsSchema>;

export type SettingsSchema = z.ZodType<Settings>;

/** One leaf of the settings: `connect.host`, its schema, its sentence, and its default where it has one. */
export interface SettingField {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly description: string;
  readonly defaultValue: unknown;
  readonly secret: boolean;
  readonly number: boolean;
  /** A number with a fraction, printed `30.0`; counts print as integers. */
  readonly float: boolean;
  /** The manual does not have it: it stands below the manual's list, which scripts read. */
  readonly ours: boolean;
}

/** What a plug-in brings: its name is its table, `[plugin.intranet]`. */
export interface PluginSettings {
  readonly name: string;
  readonly settings?: StandardSchemaV1 | undefined;
}

/** The settings together with those of these plug-ins; what another table below `plugin` says is refused. */
export function settingsOf(plugins: readonly PluginSettings[]): SettingsSchema {
  const tables = plugins.flatMap(({ name, settings }) =>
    settings === undefined ? [] : [[name, tableOf(settings)] as const],
  );
  return settingsSchema.extend({ plugin: z.strictObject(Object.fromEntries(tables)).prefault({}) }) as never;
}

/** A schema of another library, or of another copy of zod, cannot be walked: it judges its table as a whole. */
function tableOf(schema: StandardSchemaV1): z.ZodType {
  if (schema instanceof z.ZodObject) return schema.prefault({});
  return z
    .record(z.string(), z.unknown())
    .prefault({})
    .transform((table, context) => {
      const result = schema['~standard'].validate(table);
      if (result instanceof Promise) throw new TypeError('a schema of settings must answer at once');
      if (result.issues === undefined) return result.value;
      for (const { message, path = [] } of result.issues)
        context.addIssue({ code: 'custom', message, path: path.map((it) => (typeof it === 'object' ? it.key : it)) });
      return z.NEVER;
    });
}

const ours: ReadonlySet<string> = new Set([
  ...['logstyle', 'logmaxbytes', 'logbackups'],
  ...['connect.proxy', 'connect.caFile', 'connect.pins', 'operations.maxAddresses', 'operations.maxPacketRate'],
  ...['update.mode', 'update.keys', 'update.signatures'],
]);

/** All leaves in the order of declaration, found by walking the schema. */
export function settingFields(schema: z.ZodType = settingsSchema, prefix = ''): SettingField[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([name, field]) =>
      settingFields(field, prefix === '' ? name : `${prefix}.${name}`),
    );
  }
  // A table that cannot be walked holds no setting by itself.
  if (inner instanceof z.ZodRecord || isTable(inner)) return [];
  return [
    {
      name: prefix,
      schema,
      description: schema.description ?? '',
      defaultValue: schema instanceof z.ZodDefault ? schema.parse(undefined) : undefined,
      secret: inner instanceof z.ZodPipe,
      number: inner instanceof z.ZodNumber,
      float: inner instanceof z.ZodNumber && !inner.isInt,
      ours: ours.has(prefix) || prefix.startsWith('plugin.'),
    },
  ];
}

/** A table that is judged as a whole, by a schema that is not ours. */
const isTable = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodPipe && unwrap(schema.in as z.ZodType) instanceof z.ZodRecord;

function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}
