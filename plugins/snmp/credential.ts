/** The credential files in etc/ksocket/credentials/snmp. Field and enumeration names are those that operators already use. */
import { secret } from 'ksocket/plugin';
import { z } from 'zod';

/** SNMPv3 authentication by its name in SNMP-USER-BASED-SM-MIB and RFC 7860. */
export const authProtocols = [
  'usmNoAuthProtocol',
  'usmHMACMD5AuthProtocol',
  'usmHMACSHAAuthProtocol',
  'usmHMAC128SHA224AuthProtocol',
  'usmHMAC192SHA256AuthProtocol',
  'usmHMAC256SHA384AuthProtocol',
  'usmHMAC384SHA512AuthProtocol',
] as const;

/** SNMPv3 encryption by its name in SNMP-USER-BASED-SM-MIB, RFC 3826 and the drafts for 3DES and the longer AES keys. */
export const privProtocols = [
  'usmNoPrivProtocol',
  'usmDESPrivProtocol',
  'usm3DESEDEPrivProtocol',
  'usmAesCfb128Protocol',
  'usmAesCfb192Protocol',
  'usmAesCfb256Protocol',
  'usmAesBlumenthalCfb192Protocol',
  'usmAesBlumenthalCfb256Protocol',
] as const;

/** RFC 3414, section 11.2; agents refuse shorter ones, and so do the tools of net-snmp. */
const leastPasswordOctets = 8;
/** SnmpAdminString as msgUserName and contextName have it (RFC 3414, section 2.4; RFC 3411, section 5). */
const mostNameOctets = 32;

const seconds = (limit: number) => z.number().max(limit);

const authData = z
  .strictObject({
    community: secret()
      .optional()
      .meta({ description: 'Community name, for SNMPv2c', examples: ['public'] }),
    username: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'User name, for SNMPv3; where it is given, SNMPv2c is never used',
        examples: ['your-username'],
      }),
    authProtocol: z.enum(authProtocols).default('usmNoAuthProtocol').describe('How SNMPv3 messages are authenticated'),
    authKey: secret()
      .optional()
      .meta({ description: 'Authentication password of SNMPv3', examples: ['your-password'] }),
    privProtocol: z.enum(privProtocols).default('usmNoPrivProtocol').describe('How SNMPv3 messages are encrypted'),
    privKey: secret()
      .optional()
      .meta({ description: 'Encryption password of SNMPv3', examples: ['priv-your-password'] }),
    contextName: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Context of SNMPv3 to ask in; none is the agent’s own', examples: ['bridge1'] }),
  })
  .superRefine((it, context) => {
    const wrong = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (it.username === undefined) {
      // A forgotten user name must not turn an encrypted login into a community name in clear text.
      const forV3 = it.authKey ?? it.privKey;
      const chosen = it.authProtocol !== 'usmNoAuthProtocol' || it.privProtocol !== 'usmNoPrivProtocol';
      if (forV3 !== undefined || chosen || it.contextName !== undefined)
        wrong('username', 'is missing, although fields of SNMPv3 are given');
      else if (it.community === undefined) wrong('community', 'is missing, and so is username: one of them is needed');
      else if (it.community.reveal() === '') wrong('community', 'is empty');
      return;
    }
    for (const field of ['username', 'contextName'] as const)
      if (Buffer.byteLength(it[field] ?? '') > mostNameOctets) wrong(field, `is longer than ${mostNameOctets} octets`);
    const hasAuth = it.authProtocol !== 'usmNoAuthProtocol';
    const hasPriv = it.privProtocol !== 'usmNoPrivProtocol';
    if (hasPriv && !hasAuth) wrong('authProtocol', 'is missing: encryption needs it (RFC 3411, 3.4.3)');
    for (const field of [...(hasAuth ? (['authKey'] as const) : []), ...(hasPriv ? (['privKey'] as const) : [])])
      if (it[field] !== undefined && Buffer.byteLength(it[field].reveal()) < leastPasswordOctets)
        wrong(field, `is shorter than ${leastPasswordOctets} octets, which SNMPv3 does not permit (RFC 3414, 11.2)`);
  });

export const credential = z.strictObject({
  port: z.number().int().min(1).max(65535).default(161).describe('UDP port of the agent'),
  timeout: seconds(600).positive().default(5).describe('Seconds to wait for an answer'),
  retries: z.number().int().min(0).max(20).default(0).describe('How often an unanswered question is asked again'),
  retryInterval: seconds(600).min(0).default(1).describe('Seconds between a time-out and the next try'),
  authData: authData.describe('Who asks'),
});

export type Credential = z.infer<typeof credential>;

/**
 * The field that a login by SNMPv3 lacks. Asked before the first packet and not when the file is read, because the example of the
 * original's manual (3.2.3) names a protocol and shows its key as a comment: such a file is one, and cannot log in.
 */
export function lackingKey({ username, ...it }: Credential['authData']): string | undefined {
  if (username === undefined) return undefined;
  if (it.authProtocol !== 'usmNoAuthProtocol' && it.authKey === undefined)
    return `authData.authKey is missing for ${it.authProtocol}`;
  if (it.privProtocol !== 'usmNoPrivProtocol' && it.privKey === undefined)
    return `authData.privKey is missing for ${it.privProtocol}`;
  return undefined;
}
