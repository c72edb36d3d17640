/** VMware ESXi: esxcli’s tables as CSV, `vim-cmd hostsvc/hostsummary` and `vim-cmd vmsvc/getallvms`. */
import { type DeviceType, filledIn, type NetworkInterface, type SectionData } from 'ksocket/plugin';
import { addressOf, macOf, networkOf, prefixOfMask } from '../parse/addresses.js';
import { dmiUuid } from '../parse/dmi.js';
import { given, linesOf, present, wholeNumber, wordsOf } from '../parse/text.js';
import { type Parts, textOf } from '../report/answers.js';
import { csv, type Drive, type Filesystem, type Package, type Service } from './shapes.js';
import type { Told } from './told.js';

type VirtualMachine = NonNullable<SectionData['software']['virtualMachines']>[number];

export function esxi(parts: Parts): Told {
  const tables = new Map<string, Row[]>();
  const table = (name: string) => {
    if (!parts.has(`esxi-${name}`)) return undefined;
    const rows = tables.get(name) ?? csv(textOf(parts, `esxi-${name}`));
    tables.set(name, rows);
    return rows;
  };
  const version = table('version')?.[0];
  const platform = table('platform')?.[0];
  const host = table('hostname')?.[0];
  const summary = hostSummary(textOf(parts, 'esxi-summary'));
  const serial = filledIn(platform?.get('SerialNumber'));
  const vendor = filledIn(platform?.get('VendorName') ?? summary.get('vendor'));
  const model = filledIn(platform?.get('ProductName') ?? summary.get('model'));
  const uuid = dmiUuid(summary.get('uuid'));
  const bytes = wholeNumber(summary.get('memorySize'));
  const cpuModel = given(summary.get('cpuModel'));
  const sockets = wholeNumber(summary.get('numCpuPkgs'));
  const clock = wholeNumber(summary.get('cpuMhz'));
  const boot = Date.parse(summary.get('bootTime') ?? '');
  const devices = table('devices');
  const datastores = table('datastores');
  const machines = parts.has('esxi-vms') ? virtualMachines(textOf(parts, 'esxi-vms'), table('running')) : undefined;
  const accounts = table('accounts');
  const drives = devices?.map(driveOf);
  return {
    os: {
      ...present({
        name: given(version?.get('Product')) ?? 'VMware ESXi',
        id: 'esxi',
        version: given(version?.get('Version')),
        build: given(version?.get('Build'))?.replace('Releasebuild-', ''),
        edition: updateOf(version),
        hostname: given(host?.get('HostName')),
        fqdn: given(host?.get('FullyQualifiedDomainName')),
        bootTime: Number.isNaN(boot) ? undefined : new Date(boot).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      }),
    },
    identity: { ...present({ serial, vendor: serial && vendor, uuid, vsphereId: uuid, macs: nicMacs(table('nics')) }) },
    hardware: {
      deviceTypes: ['hypervisor', 'server'] satisfies DeviceType[],
      ...present({
        product: present({ vendor, name: model, serial }),
        cpu: present({
          sockets,
          cores: wholeNumber(summary.get('numCpuCores')),
          threads: wholeNumber(summary.get('numCpuThreads')),
          packages:
            cpuModel === undefined
              ? undefined
              : Array.from({ length: Math.min(64, sockets ?? 1) }, () => ({
                  model: cpuModel,
                  ...present({ clockMHz: clock }),
                })),
        }),
        memory: bytes === undefined ? undefined : { totalKiB: Math.floor(bytes / 1024) },
        storage: present({
          drives,
          totalKiB: drives?.reduce((sum, it) => sum + (it.sizeKiB ?? 0), 0),
          filesystems: datastores?.flatMap(datastoreOf),
        }),
      }),
    },
    network: { ...network(table) },
    software: {
      ...present({
        packages: table('vibs')?.flatMap(vib),
        services: parts.has('esxi-services') ? chkconfig(textOf(parts, 'esxi-services')) : undefined,
        virtualMachines: machines,
      }),
    },
    security: {
      ...present({
        users: accounts?.flatMap((row) => {
          const name = given(row.get('UserID'));
          return name === undefined ? [] : [{ name, ...present({ fullName: given(row.get('Description')) }) }];
        }),
      }),
    },
  };
}

type Row = ReadonlyMap<string, string>;

/** `Update 3 Patch 79` of the product’s own counting. */
function updateOf(version: Row | undefined): string | undefined {
  const update = given(version?.get('Update'));
  return update === undefined || update === '0' ? undefined : `Update ${update}`;
}

/** `   vendor = "Dell Inc.", ` of a vim data object; the first one of each name, without its quotes. */
export function hostSummary(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of linesOf(text)) {
    const at = line.indexOf(' = ');
    if (at < 0) continue;
    const name = line.slice(0, at).trim();
    const value = line
      .slice(at + 3)
      .trim()
      .replace(/,$/, '')
      .replace(/^"|"$/g, '')
      .trim();
    if (!values.has(name) && value !== '' && !value.startsWith('(')) values.set(name, value);
  }
  return values;
}

function nicMacs(rows: readonly Row[] | undefined): string[] | undefined {
  const macs = rows?.flatMap((row) => macOf(row.get('MACAddress')) ?? []);
  return macs === undefined || macs.length === 0 ? undefined : macs;
}

function driveOf(row: Row): Drive {
  const megabytes = wholeNumber(row.get('Size'));
  const kind = row.get('IsSSD') === 'true' ? 'ssd' : row.get('DeviceType') === 'Direct-Access' ? 'disk' : 'other';
  return {
    name: row.get('Device') ?? '',
    kind,
    ...present({
      sizeKiB: megabytes && megabytes * 1024,
      model: given(row.get('Model')),
      firmware: given(row.get('Revision')),
    }),
  };
}

function datastoreOf(row: Row): Filesystem[] {
  const mount = given(row.get('MountPoint'));
  const size = wholeNumber(row.get('Size'));
  const free = wholeNumber(row.get('Free'));
  if (mount === undefined || row.get('Mounted') === 'false') return [];
  const used = size !== undefined && free !== undefined && free <= size ? Math.floor((size - free) / 1024) : undefined;
  const sizeKiB = size === undefined ? undefined : Math.floor(size / 1024);
  return [
    {
      mount,
      ...present({ device: given(row.get('VolumeName')), type: given(row.get('Type')), sizeKiB, usedKiB: used }),
    },
  ];
}

function network(table: (name: string) => Row[] | undefined): SectionData['network'] {
  const byName = new Map<string, NetworkInterface>();
  const byInterface = addressesByInterface(table);
  for (const row of table('nics') ?? []) {
    const name = row.get('Name') ?? '';
    const link = row.get('LinkStatus')?.toLowerCase() ?? row.get('Link')?.toLowerCase();
    const duplex = row.get('Duplex')?.toLowerCase();
    byName.set(name, {
      name,
      type: 'ethernet',
      ...present({
        mac: macOf(row.get('MACAddress')),
        mtu: wholeNumber(row.get('MTU')),
        speedMbps: wholeNumber(row.get('Speed')) || undefined,
        admin: updown(row.get('AdminStatus')),
        link: updown(link),
        duplex: duplex === 'full' || duplex === 'half' ? duplex : undefined,
        alias: given(row.get('Description')),
      }),
    });
  }
  for (const row of table('interfaces') ?? []) {
    const name = row.get('Name') ?? '';
    const addresses = byInterface.get(name) ?? [];
    byName.set(name, {
      name,
      type: 'ethernet',
      ...present({
        mac: macOf(row.get('MACAddress')),
        mtu: wholeNumber(row.get('MTU')),
        admin:
          row.get('Enabled') === 'true'
            ? ('up' as const)
            : row.get('Enabled') === 'false'
              ? ('down' as const)
              : undefined,
        alias: given(row.get('Portgroup')),
        addresses: addresses.length > 0 ? addresses : undefined,
      }),
    });
  }
  const routes = table('routes')?.flatMap((row) => {
    const network_ = row.get('Network') === 'default' ? '0.0.0.0' : row.get('Network');
    const prefix = prefixOfMask(row.get('Netmask'));
    const destination = prefix === undefined ? undefined : networkOf(`${network_}/${prefix}`);
    const gateway = addressOf(row.get('Gateway'));
    if (destination === undefined) return [];
    return [
      {
        destination,
        ...present({ gateway: gateway === '0.0.0.0' ? undefined : gateway, interface: given(row.get('Interface')) }),
      },
    ];
  });
  const neighbours = table('neighbours')?.flatMap((row) => {
    const address = addressOf(row.get('Neighbor'));
    const mac = macOf(row.get('MacAddress'));
    if (address === undefined || mac === undefined) return [];
    const source = address.includes(':') ? ('nd' as const) : ('arp' as const);
    return [{ address, mac, source, ...present({ interface: given(row.get('Vmknic')) }) }];
  });
  const gateways = routes?.flatMap((it) =>
    it.destination === '0.0.0.0/0' && it.gateway !== undefined
      ? [{ address: it.gateway, ...present({ interface: it.interface }) }]
      : [],
  );
  const interfaces = byName.size > 0 ? [...byName.values()] : undefined;
  return { ...present({ interfaces, routes, gateways, neighbours }) };
}

function updown(text: string | undefined): 'up' | 'down' | undefined {
  const word = text?.toLowerCase();
  return word === 'up' || word === 'down' ? word : undefined;
}

type Addresses = NonNullable<NetworkInterface['addresses']>;

function addressesByInterface(table: (name: string) => Row[] | undefined): Map<string, Addresses> {
  const found = new Map<string, Addresses>();
  const add = (name: string | undefined, text: string | undefined, prefix: number | undefined) => {
    const address = addressOf(text);
    if (name === undefined || address === undefined || address === '0.0.0.0') return;
    const list = found.get(name) ?? [];
    list.push({ address, ...present({ prefix }) });
    found.set(name, list);
  };
  for (const row of table('ipv4') ?? [])
    add(row.get('Name'), row.get('IPv4Address'), prefixOfMask(row.get('IPv4Netmask')));
  for (const row of table('ipv6') ?? []) add(row.get('Interface'), row.get('Address'), wholeNumber(row.get('Netmask')));
  return found;
}

function vib(row: Row): Package[] {
  const name = given(row.get('Name'));
  if (name === undefined) return [];
  const at = Date.parse(row.get('InstallDate') ?? '');
  const installedAt = Number.isNaN(at) ? undefined : new Date(at).toISOString().replace('.000Z', 'Z');
  return [
    {
      name,
      source: 'vib',
      ...present({ version: given(row.get('Version')), vendor: given(row.get('Vendor')), installedAt }),
    },
  ];
}

/** `SSH                     on` */
export function chkconfig(text: string): Service[] {
  return linesOf(text).flatMap((line) => {
    const [name, state] = wordsOf(line);
    if (name === undefined || (state !== 'on' && state !== 'off')) return [];
    return [{ name, startup: state === 'on' ? 'enabled' : 'disabled', manager: 'chkconfig' }];
  });
}

/** `3      db01      [datastore1] db01/db01.vmx      ubuntu64Guest      vmx-13`; a name may hold blanks, the datastore is in brackets. */
export function virtualMachines(text: string, running: readonly Row[] | undefined): VirtualMachine[] {
  const names = new Set(running?.map((row) => row.get('DisplayName')));
  return linesOf(text).flatMap((line) => {
    const id = /^(\d{1,9}) {1,40}/.exec(line);
    const at = line.indexOf(' [');
    const name = id && at > 0 ? given(line.slice(id[0].length, at)) : undefined;
    if (!id || name === undefined) return [];
    const state = running === undefined ? undefined : names.has(name) ? 'running' : 'off';
    return [{ id: id[1] ?? '', name, platform: 'esxi', ...present({ state }) }];
  });
}
