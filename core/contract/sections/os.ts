/** The operating system, or what a device has in its place. */
import { z } from 'zod';
import { measured, text, time } from './values.js';

export const os = z.object({
  hostname: text.optional(),
  fqdn: text.optional(),
  family: text.optional().describe('Linux, Windows, FreeBSD, Darwin, IOS, Junos…'),
  name: text.optional().describe('Distribution or product: Debian GNU/Linux'),
  id: text.optional().describe('ID of os-release: debian'),
  version: text.optional(),
  build: text.optional(),
  edition: text.optional(),
  architecture: text.optional(),
  kernel: z.object({ name: text.optional(), release: text.optional(), version: text.optional() }).optional(),
  /** Most systems say how long ago it was, and that is never twice the same moment to the second. */
  bootTime: measured(time.optional()),
  installDate: time.optional(),
  timezone: text.optional(),
  locale: text.optional().describe('As POSIX or BCP 47 writes it: ja_JP.UTF-8, ja-JP'),
  cpe: text.optional().describe('Common Platform Enumeration, as the system itself gives it (CPE_NAME of os-release)'),
  endOfLife: z
    .object({
      date: text.describe('Last day of the maker’s general support: 2028-06-30'),
      extended: text.optional().describe('Last day of paid or community long-term support'),
      source: text.describe('Which table says so, with its date'),
    })
    .optional()
    .describe('From a table that comes with the agent; absent where the table does not know the release'),
  description: text.optional().describe('The system’s own description, such as sysDescr'),
  contact: text.optional(),
  location: text.optional(),
});
