/**
 * What a general-purpose Linux is for, where its chassis does not say: a virtual machine has none. Somebody sits in front of a
 * workstation and logs in at its screen; who serves others has no use for that.
 */
import type { DeviceType } from 'ksocket/plugin';
import type { Service } from './services.js';

/** os-release(5) ID of distributions that people install on a computer of their own; what a maker puts into a box has another. */
const generalPurpose = new Set([
  ...['debian', 'ubuntu', 'raspbian', 'linuxmint', 'pop', 'devuan', 'kali'],
  ...['rhel', 'centos', 'rocky', 'almalinux', 'ol', 'fedora', 'amzn', 'scientific', 'miraclelinux', 'cloudlinux'],
  ...['sles', 'sled', 'opensuse-leap', 'opensuse-tumbleweed', 'arch', 'manjaro', 'gentoo', 'alpine', 'void', 'nixos'],
]);

/** Services that let somebody log in at the screen; systemd’s name for whichever is in use is the first. */
const displayManagers = new Set([
  ...['display-manager', 'gdm', 'gdm3', 'sddm', 'lightdm', 'lxdm', 'xdm', 'kdm', 'slim', 'greetd', 'ly', 'nodm'],
]);

/** Switches whose system is a Debian with a few more services: SONiC’s switch state service, Cumulus’ switch daemon. */
const switching = new Set(['swss', 'switchd']);

export interface GeneralSystem {
  /** ID of os-release. */
  readonly id: string | undefined;
  /** Those that the host has; undefined where they could not be read, as in a container without an init. */
  readonly services: readonly Pick<Service, 'name' | 'startup'>[] | undefined;
}

/** Undefined where the system is none of the known ones, or nobody knows what runs on it. */
export function purposeOf({ id, services }: GeneralSystem): DeviceType | undefined {
  if (services === undefined || !generalPurpose.has(id ?? '')) return undefined;
  const inUse = services.filter(({ startup }) => startup !== 'disabled' && startup !== 'masked');
  if (inUse.some(({ name }) => switching.has(name))) return 'switch';
  return inUse.some(({ name }) => displayManagers.has(name)) ? 'workstation' : 'server';
}
