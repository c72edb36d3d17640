/** HP-UX 11, in the forms of its manual pages: model(1), machinfo(1), lanscan(1M), bdf(1M), swlist(1M). */
import type { NetworkInterface } from 'ksocket/plugin';
import { macOf } from '../parse/addresses.js';
import { ifconfig } from '../parse/ifconfig.js';
import { given, keyValues, linesOf, present, wholeNumber, wordsOf } from '../parse/text.js';
import { answered, type Parts, textOf } from '../report/answers.js';
import { type Filesystem, netstatListeners, type Package, wrappedRows } from './shapes.js';
import type { Told } from './told.js';

export function hpux(parts: Parts): Told {
  const machine = keyValues(textOf(parts, 'hpux-machine'));
  const model = given(machine.get('model'));
  const serial = given(machine.get('serial'));
  // The serial number is the label of the cabinet, which all its partitions share (getconf(1)).
  const partition = given(machine.get('partition'));
  const isWhole = partition !== undefined && partition === given(machine.get('ident'));
  const info = textOf(parts, 'machinfo');
  const megabytes = wholeNumber(/^ {0,4}Memory ?[=:] ?(\d{1,9}) MB/m.exec(info)?.[1]);
  const cpu = /^ {0,6}(\d{1,4}) (Intel\(R\) [^(\n]{1,80}?) ?\((\d{1,2}(?:\.\d{1,3})?) GHz/m.exec(info);
  const release = /^B\.(\d{1,3}\.\d{1,3})/.exec(linesOf(textOf(parts, 'kernel'))[1] ?? '')?.[1];
  const bdf = answered(parts, 'bdf');
  const swlist = answered(parts, 'swlist');
  return {
    os: {
      name: 'HP-UX',
      id: 'hpux',
      ...present({ version: release, build: release && `B.${release}` }),
    },
    identity: {
      ...present({ machineId: partition, ...(isWhole ? { serial, vendor: serial && 'HP' } : {}) }),
    },
    hardware: {
      ...present({
        product: present({ vendor: model && 'HP', name: model, model, serial }),
        cpu: cpu
          ? {
              sockets: Number(cpu[1]),
              packages: Array.from({ length: Math.min(64, Number(cpu[1])) }, () => ({
                model: cpu[2] ?? '',
                clockMHz: Math.round(Number(cpu[3]) * 1000),
              })),
            }
          : undefined,
        memory: megabytes === undefined ? undefined : { totalKiB: megabytes * 1024 },
        storage: bdf === undefined ? undefined : { filesystems: filesystemsOf(bdf) },
      }),
    },
    network: {
      ...present({
        interfaces: interfaces(textOf(parts, 'hpux-ifconfig'), textOf(parts, 'lanscan')),
        listeners: parts.has('bsd-listeners') ? netstatListeners(textOf(parts, 'bsd-listeners')) : undefined,
      }),
    },
    software: { ...present({ packages: swlist === undefined ? undefined : products(swlist) }) },
  };
}

/** `/dev/vg00/lvol3     1048576  307104  735720   29% /`, broken behind a long device name. */
export function filesystemsOf(text: string): Filesystem[] {
  return wrappedRows(text, 6).flatMap((words) => {
    const [device, size, used] = words;
    const mount = words.slice(5).join(' ');
    if (device === undefined || !mount.startsWith('/')) return [];
    return [{ mount, device, ...present({ sizeKiB: wholeNumber(size), usedKiB: wholeNumber(used) }) }];
  });
}

/** `0/1/2/0 0x001A4B08C0F2 0     UP    lan0 snap0       1     ETHER       Yes   119` */
export function interfaces(text: string, lanscan: string): NetworkInterface[] | undefined {
  const list = ifconfig(text);
  const cards = linesOf(lanscan).flatMap((line) => {
    const words = wordsOf(line);
    const hex = words.find((word) => /^0x[0-9A-F]{12}$/i.test(word));
    const name = words.find((word) => /^lan\d{1,4}$/.test(word));
    const mac = hex === undefined ? undefined : macOf(hex.slice(2).replace(/(..)(?=.)/g, '$1:'));
    return name === undefined || mac === undefined ? [] : [{ name, mac, up: words.includes('UP') }];
  });
  const seen = new Set(list.map((it) => it.name));
  const cardOf = (name: string) => {
    const card = cards.find((it) => it.name === name);
    return { mac: card?.mac, type: card && 'ethernet' };
  };
  const known = list.map((it) => ({
    ...it,
    ...present(cardOf(it.name)),
  }));
  const more = cards
    .filter((card) => !seen.has(card.name))
    .map(
      (card): NetworkInterface => ({
        name: card.name,
        mac: card.mac,
        type: 'ethernet',
        admin: card.up ? 'up' : 'down',
      }),
    );
  const all = [...known, ...more];
  return all.length === 0 ? undefined : all;
}

/** `  OpenSSH        A.08.10.001    Secure Shell`; lines with `#` are the head. */
export function products(text: string): Package[] {
  return linesOf(text).flatMap((line) => {
    const [name, version] = wordsOf(line);
    if (name === undefined || name.startsWith('#') || version === undefined) return [];
    return [{ name, version, source: 'swlist' }];
  });
}
