/** In what this system runs. The names are those of systemd-detect-virt(1), which is asked first. */
import type { Dmi } from './dmi.js';
import { fileLines, given } from './text.js';

/** Beginnings of SMBIOS vendor and product names (systemd, src/basic/virt.c). */
const dmiVendors: [start: string, name: string][] = [
  ['KVM', 'kvm'],
  ['OpenStack', 'kvm'],
  ['KubeVirt', 'kvm'],
  ['Amazon EC2', 'amazon'],
  ['QEMU', 'qemu'],
  ['VMware', 'vmware'],
  ['VMW', 'vmware'],
  ['innotek GmbH', 'oracle'],
  ['VirtualBox', 'oracle'],
  ['Oracle Corporation', 'oracle'],
  ['Xen', 'xen'],
  ['Bochs', 'bochs'],
  ['Parallels', 'parallels'],
  ['BHYVE', 'bhyve'],
  ['Hyper-V', 'microsoft'],
  ['Google Compute Engine', 'google'],
  ['Apple Virtualization', 'apple'],
];

/** A system that shares its kernel, and with it /sys, with others: what SMBIOS says there is about the machine below. */
const containers = new Set([
  ...[
    'docker',
    'podman',
    'lxc',
    'lxc-libvirt',
    'systemd-nspawn',
    'openvz',
    'rkt',
    'wsl',
    'proot',
    'pouch',
    'kubernetes',
    'jail',
  ],
  ...['container-other'],
]);

export function isContainer(virtualization: string | undefined): boolean {
  return virtualization !== undefined && containers.has(virtualization);
}

export interface VirtualizationTexts {
  readonly detected: string | undefined;
  readonly marks: string;
  readonly cpu: string;
}

/** undefined when nothing speaks for a hypervisor, but nothing excludes one either. */
export function virtualization(texts: VirtualizationTexts, dmi: Dmi): string | undefined {
  const detected = given(texts.detected);
  if (detected !== undefined && /^[a-z][a-z0-9-]{1,30}$/.test(detected)) return detected;
  const container = containerOf(texts.marks);
  if (container !== undefined) return container;
  const hypervisor = fileLines(texts.marks).get('/sys/hypervisor/type')?.[0];
  if (hypervisor === 'xen') return 'xen';
  const names = ['product_name', 'sys_vendor', 'board_vendor', 'bios_vendor'].map((field) => dmi.get(field) ?? '');
  // Hyper-V says only "Virtual Machine", by the vendor of many real machines too.
  if (dmi.get('sys_vendor') === 'Microsoft Corporation' && dmi.get('product_name') === 'Virtual Machine')
    return 'microsoft';
  for (const text of names) {
    const vendor = dmiVendors.find(([start]) => text.startsWith(start));
    if (vendor) return vendor[1];
  }
  return /^hypervisor: yes$/m.test(texts.cpu) ? 'vm-other' : undefined;
}

function containerOf(marks: string): string | undefined {
  const files = fileLines(marks);
  const manager = given(files.get('/run/systemd/container')?.[0]);
  if (manager !== undefined) return containers.has(manager) ? manager : 'container-other';
  const exists = new Set(files.get('exists'));
  if (exists.has('/run/.containerenv')) return 'podman';
  if (exists.has('/.dockerenv')) return 'docker';
  // /proc/bc is there on an OpenVZ host only, /proc/vz in its guests too.
  if (exists.has('/proc/vz') && !exists.has('/proc/bc')) return 'openvz';
  if (exists.has('/dev/lxd/sock')) return 'lxc';
  const groups = files.get('/proc/1/cgroup') ?? [];
  if (groups.some((line) => line.includes('/kubepods'))) return 'kubernetes';
  if (groups.some((line) => line.includes('/docker'))) return 'docker';
  if (groups.some((line) => line.includes('/lxc'))) return 'lxc';
  return undefined;
}
