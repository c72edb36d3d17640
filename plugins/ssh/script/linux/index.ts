/** Linux of every distribution, with GNU's tools or BusyBox's. What may be slow comes last: an early end takes least away. */
import { network } from './network.js';
import { security } from './security.js';
import { software } from './software.js';
import { storage } from './storage.js';
import { system } from './system.js';

const order = String.raw`
linux() {
  linux_network
  echo "@$K network"
  rights
  linux_system
  linux_storage
  part listeners listeners
  linux_packages
  linux_services
  linux_schedules
  linux_guests
  linux_security
}
`;

export const linux = [network, system, storage, software, security, order].join('');
