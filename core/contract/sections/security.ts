/** Who may enter, and how well it is kept. Never password hashes, private keys or the content of a rule. */
import { z } from 'zod';
import { count, measured, text, time } from './values.js';

const user = z.object({
  name: text,
  uid: text.optional().describe('Number, or SID'),
  gid: text.optional(),
  fullName: text.optional(),
  home: text.optional(),
  shell: text.optional(),
  enabled: z.boolean().optional().describe('May log in at all'),
  lastLogin: measured(time.optional()),
});

const certificate = z.object({
  path: text.optional().describe('File or store that it is in'),
  subject: text.optional().describe('RFC 4514: CN=www.example.org,O=Example'),
  issuer: text.optional(),
  serial: text.optional().describe('Hexadecimal'),
  notBefore: time.optional(),
  notAfter: time.optional(),
  fingerprint: text.optional().describe('SHA-256, hexadecimal, of the whole certificate'),
  names: z.array(text).optional().describe('Alternative names'),
});

const pendingUpdate = z.object({
  name: text,
  version: text.optional().describe('The version that waits'),
  installed: text.optional(),
  security: z.boolean().optional(),
  source: text.optional().describe('apt, dnf, apk…; from what the host knows already, nothing is fetched for it'),
});

export const security = z.object({
  users: z.array(user).optional(),
  groups: z.array(z.object({ name: text, gid: text.optional(), members: z.array(text).optional() })).optional(),
  certificates: z.array(certificate).optional(),
  pendingUpdates: z.array(pendingUpdate).optional(),
  rebootRequired: z.boolean().optional(),
  firewall: z
    .object({
      kind: text.optional().describe('nftables, iptables, firewalld, ufw, pf, ipfilter, windows'),
      active: z.boolean().optional(),
      rules: count.optional().describe('How many'),
    })
    .optional(),
  mandatoryAccess: z
    .object({
      kind: text.describe('SELinux, AppArmor'),
      mode: text.optional().describe('enforcing, permissive, disabled'),
    })
    .optional(),
  antivirus: z
    .array(
      z.object({
        name: text,
        version: text.optional(),
        active: z.boolean().optional(),
        upToDate: z.boolean().optional(),
      }),
    )
    .optional(),
});
