/** What is installed, and what runs by itself. Command lines are never collected: they hold passwords. */
import { z } from 'zod';
import { count, measured, text, time } from './values.js';

const packageRow = z.object({
  name: text,
  version: text.optional(),
  arch: text.optional(),
  vendor: text.optional(),
  installedAt: time.optional(),
  source: text.optional().describe('dpkg, rpm, apk, pacman, snap, flatpak, brew, registry, hrSWInstalled…'),
});

const service = z.object({
  name: text,
  description: text.optional(),
  state: text.optional().describe('In the words of its manager: running, exited, failed, stopped'),
  startup: text.optional().describe('enabled, disabled, static, masked, auto, manual…'),
  user: text.optional(),
  manager: text.optional().describe('systemd, openrc, sysv, launchd, rc, smf, src, windows'),
});

const scheduledTask = z.object({
  name: text.describe('Of a timer or task; of a cron line the program alone, without arguments'),
  kind: z.enum(['timer', 'cron', 'at', 'launchd', 'task']),
  schedule: text.optional().describe('As it is written: */5 * * * *, OnCalendar=daily'),
  user: text.optional(),
  nextRun: measured(time.optional()),
  enabled: z.boolean().optional(),
  from: text.optional().describe('File that it was read in'),
});

const container = z.object({
  id: text.optional(),
  name: text.optional(),
  image: text.optional(),
  state: text.optional(),
  runtime: text.optional().describe('docker, podman, containerd, lxc, jail, zone, wpar'),
  ports: z.array(text).optional().describe('As the runtime prints them: 0.0.0.0:8080->80/tcp'),
});

export const software = z.object({
  packages: z.array(packageRow).optional(),
  updates: z.array(z.object({ id: text, title: text.optional(), installedAt: time.optional() })).optional(),
  features: z
    .array(z.object({ name: text, title: text.optional(), kind: text.optional() }))
    .optional()
    .describe('Roles and features of Windows that are installed'),
  services: z.array(service).optional(),
  scheduledTasks: z.array(scheduledTask).optional(),
  containers: z.array(container).optional(),
  images: z
    .array(
      z.object({ id: text.optional(), name: text.optional(), sizeKiB: count.optional(), runtime: text.optional() }),
    )
    .optional()
    .describe('Container images'),
  virtualMachines: z
    .array(z.object({ id: text.optional(), name: text, state: text.optional(), platform: text.optional() }))
    .optional()
    .describe('Virtual machines that this hypervisor runs'),
});
