/** Containers, images and virtual machines, from whatever runs them. */
import type { Missing } from 'ksocket/plugin';
import {
  type Container,
  containers,
  crictl,
  type Image,
  images,
  lxc,
  machines,
  pct,
  qm,
  type VirtualMachine,
  virsh,
} from '../parse/guests.js';
import type { Answers } from '../run.js';
import { type Parts, stateOf, textOf } from './answers.js';

function virtualMachinesOf(parts: Parts): VirtualMachine[] {
  const listed = [...virsh(textOf(parts, 'virsh')), ...qm(textOf(parts, 'qm'))];
  const names = new Set(listed.map((it) => it.name));
  return [...listed, ...machines(textOf(parts, 'machines')).virtualMachines.filter((it) => !names.has(it.name))];
}

export function runsVirtualMachines(parts: Parts): boolean {
  return virtualMachinesOf(parts).length > 0 || textOf(parts, 'marks').includes('control_d');
}

function containersOf(parts: Parts): Container[] {
  const listed = pct(textOf(parts, 'pct'));
  // Proxmox names the control group of a container by its number.
  const known = new Set(listed.flatMap((it) => [it.name, it.id]));
  return [
    ...containers(textOf(parts, 'docker'), 'docker'),
    ...containers(textOf(parts, 'podman'), 'podman'),
    ...crictl(textOf(parts, 'crictl')),
    ...listed,
    ...lxc(textOf(parts, 'lxc')).filter((it) => !known.has(it.name)),
    ...machines(textOf(parts, 'machines')).containers,
  ];
}

/** Each list of what somebody on this host runs, and whoever would not say. */
export function guestsOf(answers: Answers) {
  const { parts } = answers;
  const pictures: Image[] = [
    ...images(textOf(parts, 'docker-images'), 'docker'),
    ...images(textOf(parts, 'podman-images'), 'podman'),
  ];
  const asked: [field: string, part: string][] = [
    ...['docker', 'podman', 'crictl', 'pct'].map((part): [string, string] => ['containers', part]),
    ...['docker-images', 'podman-images'].map((part): [string, string] => ['images', part]),
    ...['virsh', 'qm'].map((part): [string, string] => ['virtualMachines', part]),
  ];
  const missing: Missing[] = [];
  const answeredBy = new Set<string>();
  for (const [field, part] of asked) {
    if (!parts.has(part)) continue;
    const state = stateOf(answers, part);
    if (state === 'ok') answeredBy.add(field);
    else missing.push({ field, state, reason: part });
  }
  const running = containersOf(parts);
  const virtual = virtualMachinesOf(parts);
  return {
    data: {
      ...((answeredBy.has('containers') || running.length > 0) && { containers: running }),
      ...((answeredBy.has('images') || pictures.length > 0) && { images: pictures }),
      ...((answeredBy.has('virtualMachines') || virtual.length > 0) && { virtualMachines: virtual }),
    },
    missing,
  };
}
