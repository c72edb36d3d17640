/** The sections whose shape the project knows, each as a card. */

import type { SectionData } from '../../core/contract/sections/index.js';
import type { NodeAddress } from '../../core/inventory/index.js';
import { count, sizeOfKiB, speed, time, word } from './format.js';
import { type Content, html } from './html.js';
import { card, facts, folded, table } from './parts.js';
import type { Texts } from './texts.js';

/** Rows of lists that a router can make very long; the API gives all of them. */
const maxRows = 1000;
const joined = (...parts: (string | undefined)[]): string | undefined => parts.filter(Boolean).join(' ') || undefined;

export function osCard(t: Texts, os: SectionData['os'] | undefined): Content {
  if (os === undefined) return undefined;
  return card(
    t.os,
    facts([
      [t.hostname, os.hostname],
      [t.fqdn, os.fqdn],
      [t.osName, joined(os.name ?? os.family, os.version)],
      [t.family, os.family],
      [t.edition, os.edition],
      [t.build, os.build],
      [t.kernel, joined(os.kernel?.name, os.kernel?.release)],
      [t.version, os.kernel?.version],
      [t.architecture, os.architecture],
      [t.bootTime, os.bootTime && time(os.bootTime)],
      [t.installedAt, os.installDate && time(os.installDate)],
      [t.endOfLife, endOfLife(t, os.endOfLife)],
      [t.timezone, os.timezone],
      [t.locale, os.locale],
      [t.description, os.description],
      [t.contact, os.contact],
      [t.location, os.location],
    ]),
  );
}

function endOfLife(t: Texts, end: NonNullable<SectionData['os']['endOfLife']> | undefined): Content {
  if (end === undefined) return undefined;
  const longer = end.extended === undefined ? '' : ` (${t.extendedUntil} ${end.extended})`;
  return html`${end.date}${longer} <span class="muted">${end.source}</span>`;
}

export function hardwareCards(t: Texts, hardware: SectionData['hardware'] | undefined): Content {
  if (hardware === undefined) return undefined;
  const { product, bios, board, cpu, memory, storage } = hardware;
  const cores = [
    cpu?.sockets === undefined ? undefined : `${cpu.sockets} ${t.sockets}`,
    cpu?.cores === undefined ? undefined : `${cpu.cores} ${t.cores}`,
    cpu?.threads === undefined ? undefined : `${cpu.threads} ${t.threads}`,
  ].filter((text) => text !== undefined);
  return [
    card(
      t.hardware,
      facts([
        [t.deviceTypes, hardware.deviceTypes?.join(', ')],
        [t.product, joined(product?.vendor, product?.name, product?.model, product?.version)],
        [t.serial, product?.serial],
        ['Firmware', product?.firmware],
        [t.board, joined(board?.vendor, board?.model, board?.version, board?.serial)],
        [t.bios, joined(bios?.vendor, bios?.version, bios?.date)],
        [t.cpu, [...new Set((cpu?.packages ?? []).map((p) => p.model))].filter(Boolean).join(', ') || undefined],
        ['', cores.join(' · ') || undefined],
        [t.memory, sizeOfKiB(memory?.totalKiB)],
        [t.storage, sizeOfKiB(storage?.totalKiB)],
        [t.virtualization, hardware.virtualization],
      ]),
    ),
    (storage?.drives?.length ?? 0) > 0 &&
      card(
        t.drives,
        table(
          [t.name, t.size, t.kind, t.model, t.serial],
          storage?.drives
            ?.slice(0, maxRows)
            .map((d) => [html`<strong>${d.name}</strong>`, number(sizeOfKiB(d.sizeKiB)), d.kind, d.model, d.serial]) ??
            [],
        ),
      ),
    (storage?.filesystems?.length ?? 0) > 0 &&
      card(
        t.filesystems,
        table(
          [t.mount, t.type, t.size, t.used],
          storage?.filesystems
            ?.slice(0, maxRows)
            .map((f) => [
              html`<code>${f.mount}</code>`,
              f.type,
              number(sizeOfKiB(f.sizeKiB)),
              used(f.usedKiB, f.sizeKiB),
            ]) ?? [],
        ),
      ),
  ];
}

const number = (text: string | undefined): Content => text && html`<span class="number">${text}</span>`;

function used(part: number | undefined, whole: number | undefined): Content {
  if (part === undefined) return undefined;
  if (!whole) return sizeOfKiB(part);
  const share = Math.round((part / whole) * 100);
  return html`<meter min="0" max="100" low="80" high="90" optimum="0" value="${Math.min(share, 100)}">${share} %</meter> <span class="number">${share} %</span>`;
}

export function identityCard(t: Texts, identity: SectionData['identity'] | undefined): Content {
  if (identity === undefined) return undefined;
  const lines = (list: readonly string[] | undefined): Content =>
    list && list.length > 0 ? list.slice(0, 50).map((text) => html`<code>${text}</code><br>`) : undefined;
  return card(
    t.identity,
    facts([
      [t.serial, identity.serial],
      [t.vendor, identity.vendor],
      [t.uuid, identity.uuid && html`<code>${identity.uuid}</code>`],
      [t.machineId, identity.machineId && html`<code>${identity.machineId}</code>`],
      [t.engineId, identity.engineId && html`<code>${identity.engineId}</code>`],
      [t.cloudId, identity.cloudId && html`<code>${identity.cloudId}</code>`],
      [t.mac, lines(identity.macs)],
      [t.hostKeys, lines(identity.hostKeys)],
    ]),
  );
}

/** What it says of itself stands beside it, where a narrow column may break it. */
function service({ name, port, banner, certificate }: NodeAddress['services'][number]): Content {
  const said = joined(banner, certificate);
  return html`<span class="chip">${name} ${port}</span> ${said ? html`<span class="muted">${said}</span> ` : ''}`;
}

export function addressCard(t: Texts, addresses: readonly NodeAddress[]): Content {
  if (addresses.length === 0) return undefined;
  return card(
    t.addresses,
    table(
      [t.address, t.subnet, t.mac, t.vendor, t.hostnames, t.services, t.evidence],
      addresses.slice(0, maxRows).map((a) => [
        html`<strong class="address">${a.addr}</strong>`,
        html`<span class="address">${a.subnet ?? ''}</span>`,
        html`<code>${a.macaddr ?? ''}</code>`,
        a.extraFields.macaddr?.organizationName,
        a.hostnames.map((h) => h.hostname).join(', '),
        a.services.map((s) => service(s)),
        html`<span class="muted">${a.evidence
          .slice(0, 8)
          .map(
            (e) =>
              `${e.probe}${e.port === undefined ? '' : ` ${e.port}`}: ${e.answer}${e.rttMs === undefined ? '' : ` ${e.rttMs.toFixed(1)} ms`}`,
          )
          .join(', ')}</span>`,
      ]),
    ),
  );
}

export function networkCards(t: Texts, network: SectionData['network'] | undefined): Content {
  if (network === undefined) return undefined;
  const { interfaces = [], gateways = [], routes = [], neighbours = [], dns = [] } = network;
  return [
    interfaces.length > 0 &&
      card(
        html`${t.interfaces} <span class="muted">${count(interfaces.length)}</span>`,
        table(
          [t.interface, t.type, t.mac, t.addresses, t.link, t.speed, t.mtu],
          interfaces
            .slice(0, maxRows)
            .map((i) => [
              html`<strong>${i.name}</strong>${i.alias ? html` <span class="muted">${i.alias}</span>` : ''}`,
              i.type,
              html`<code>${i.mac ?? ''}</code>`,
              (i.addresses ?? []).map(
                (a) =>
                  html`<span class="address">${a.address}${a.prefix === undefined ? '' : `/${a.prefix}`}</span><br>`,
              ),
              i.link && html`<span class="badge ${i.link === 'up' ? 'good' : 'plain'}">${i.link}</span>`,
              speed(i.speedMbps),
              i.mtu,
            ]),
        ),
      ),
    (gateways.length > 0 || dns.length > 0) &&
      card(
        t.gateways,
        facts([
          [t.gateways, gateways.map((g) => joined(g.address, g.interface && `(${g.interface})`)).join(', ')],
          [t.dns, dns.join(', ')],
        ]),
      ),
    folded(
      t.routes,
      routes.length,
      table(
        [t.destination, t.gateway, t.interface],
        routes
          .slice(0, maxRows)
          .map((r) => [html`<span class="address">${r.destination}</span>`, r.gateway, r.interface]),
      ),
    ),
    folded(
      t.neighbours,
      neighbours.length,
      table(
        [t.address, t.mac, t.interface, t.source],
        neighbours
          .slice(0, maxRows)
          .map((n) => [
            html`<span class="address">${n.address}</span>`,
            html`<code>${n.mac ?? ''}</code>`,
            n.interface,
            n.source,
          ]),
      ),
    ),
  ];
}

export function networkDeviceCard(t: Texts, device: SectionData['networkDevice'] | undefined): Content {
  if (device === undefined) return undefined;
  const { components = [] } = device;
  return [
    card(
      t.networkDevice,
      facts([
        [t.objectId, device.objectId && html`<code>${device.objectId}</code>`],
        [t.bridgeAddress, device.bridgeAddress],
        [t.forwarding, device.forwarding === undefined ? undefined : device.forwarding ? t.yes : t.no],
      ]),
    ),
    components.length > 0 &&
      card(
        html`${t.components} <span class="muted">${count(components.length)}</span>`,
        table(
          [t.class, t.name, t.description, t.vendor, t.model, t.serial, t.version],
          components
            .slice(0, maxRows)
            .map((c) => [
              word(t, c.class ?? ''),
              html`<strong>${c.name ?? ''}</strong>`,
              c.description,
              c.vendor,
              c.model,
              c.serial,
              joined(c.hardware, c.firmware, c.software),
            ]),
        ),
      ),
  ];
}
