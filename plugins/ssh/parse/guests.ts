/** Containers and virtual machines, as the tools that run them print them. */
import type { SectionData } from 'ksocket/plugin';
import { fileLines, given, keyValues, linesOf, present, wordsOf } from './text.js';

type Software = SectionData['software'];
export type Container = NonNullable<Software['containers']>[number];
export type Image = NonNullable<Software['images']>[number];
export type VirtualMachine = NonNullable<Software['virtualMachines']>[number];

/** `Up 3 hours`, `Exited (0) 2 days ago`, `Up 3 hours (Paused)` of docker and podman, as the states that both know. */
function stateOf(status: string): string | undefined {
  if (status.endsWith('(Paused)')) return 'paused';
  const word = given(status.split(' ', 1)[0])?.toLowerCase();
  return word === 'up' ? 'running' : word;
}

/** Identifier, names, image, status and ports, with tabs between (see the script). */
export function containers(text: string, runtime: string): Container[] {
  return linesOf(text).flatMap((line) => {
    const [id = '', name = '', image, status, ports] = line.split('\t');
    if (!/^[0-9a-f]{12,64}$/.test(id) || status === undefined) return [];
    const published = (ports ?? '').split(', ').filter((it) => it !== '');
    return [
      {
        id,
        ...present({ name: given(name), image: given(image), state: stateOf(status) }),
        runtime,
        ...(published.length > 0 && { ports: published }),
      },
    ];
  });
}

const units: Record<string, number> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Docker’s units are powers of 1000 (docker/go-units): `133MB`, podman’s alike with a blank. */
function sizeKiB(text: string | undefined): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?) ?([kKMGT]?B)$/.exec(text ?? '');
  return match === null ? undefined : Math.floor((Number(match[1]) * (units[match[2] ?? ''] ?? 0)) / 1024);
}

export function images(text: string, runtime: string): Image[] {
  return linesOf(text).flatMap((line) => {
    const [id = '', name = '', size] = line.split('\t');
    if (!/^(?:sha256:)?[0-9a-f]{12,64}$/.test(id) || size === undefined) return [];
    const named = name.startsWith('<none>') ? undefined : given(name.replace(/:<none>$/, ''));
    return [{ id, ...present({ name: named, sizeKiB: sizeKiB(size) }), runtime }];
  });
}

interface CriContainer {
  readonly id?: unknown;
  readonly metadata?: { readonly name?: unknown };
  readonly image?: { readonly image?: unknown };
  readonly state?: unknown;
  readonly labels?: Record<string, unknown>;
}

const string = (value: unknown) => (typeof value === 'string' ? given(value) : undefined);

/** `crictl ps -a -o json`: `CONTAINER_RUNNING`, and the pod as Kubernetes labels it. */
export function crictl(text: string): Container[] {
  let list: unknown;
  try {
    list = (JSON.parse(text) as { containers?: unknown } | null)?.containers;
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return (list as (CriContainer | null)[]).flatMap((it) => {
    const name = string(it?.metadata?.name);
    if (name === undefined) return [];
    const pod = string(it?.labels?.['io.kubernetes.pod.name']);
    const state = string(it?.state)
      ?.replace(/^CONTAINER_/, '')
      .toLowerCase();
    return [
      {
        ...present({ id: string(it?.id), name: pod ? `${pod}/${name}` : name, image: string(it?.image?.image), state }),
        runtime: 'containerd',
      },
    ];
  });
}

/** Folders of control groups that liblxc makes for each container that runs: `lxc.payload.web`, or `lxc/web` of old ones. */
export function lxc(text: string): Container[] {
  const names = new Set<string>();
  for (const path of linesOf(text)) {
    const [last = '', before] = path.split('/').reverse();
    const name = last.startsWith('lxc.payload.') ? last.slice('lxc.payload.'.length) : before === 'lxc' ? last : '';
    if (name !== '' && name !== '*') names.add(name);
  }
  return [...names].map((name) => ({ name, state: 'running', runtime: 'lxc' }));
}

/** /run/systemd/machines (machined): what registered itself there and runs. */
export function machines(text: string): { containers: Container[]; virtualMachines: VirtualMachine[] } {
  const found = { containers: [] as Container[], virtualMachines: [] as VirtualMachine[] };
  for (const lines of fileLines(text).values()) {
    const values = keyValues(lines.join('\n'), '=');
    const name = given(values.get('NAME'));
    const service = given(values.get('SERVICE'));
    if (name === undefined) continue;
    if (values.get('CLASS') === 'container')
      found.containers.push({ name, state: 'running', ...present({ runtime: service }) });
    // `qemu-3-web` of libvirt.
    else if (values.get('CLASS') === 'vm')
      found.virtualMachines.push({
        name: service === 'libvirt-qemu' ? name.replace(/^qemu-\d{1,9}-/, '') : name,
        state: 'running',
        ...present({ platform: service }),
      });
  }
  return found;
}

/** ` 1    web-1   running` of `virsh list --all`; a domain that does not run has `-` for a number. */
export function virsh(text: string): VirtualMachine[] {
  return linesOf(text)
    .slice(1)
    .flatMap((line) => {
      const [id, name, ...state] = wordsOf(line);
      if (id === undefined || name === undefined || state.length === 0 || !/^(?:-|\d{1,9})$/.test(id)) return [];
      return [{ name, state: state.join(' '), platform: 'libvirt' }];
    });
}

/** `       100 web                  running    2048              32.00 1234` of Proxmox’s qm(1). */
export function qm(text: string): VirtualMachine[] {
  return linesOf(text)
    .slice(1)
    .flatMap((line) => {
      const [id = '', name, state] = wordsOf(line);
      return /^\d{1,9}$/.test(id) && name && state ? [{ id, name, state, platform: 'proxmox' }] : [];
    });
}

/** `100        running                 web` of Proxmox’s pct(1); the lock between is mostly empty. */
export function pct(text: string): Container[] {
  return linesOf(text)
    .slice(1)
    .flatMap((line) => {
      const [id = '', state, ...rest] = wordsOf(line);
      const name = rest.at(-1);
      return /^\d{1,9}$/.test(id) && state && name ? [{ id, name, state, runtime: 'lxc' }] : [];
    });
}
