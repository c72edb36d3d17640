/** A network: its nodes with search, filters and sort, its options, its scans. */
import { effectiveOptions, readOptions } from '../scan/options.js';
import type { countManagedNodes, ManagedNode } from '../storage/nodes.js';
import type { NetworkTable, SlotTable } from '../storage/schema.js';
import { badge, count, span, time } from './format.js';
import { optionFields, scanButton } from './home.js';
import { type Content, html, withQuery } from './html.js';
import { nodePath, paging, type ShownScan, scanCard, scanPath, sortHead, table } from './parts.js';
import type { Texts } from './texts.js';

export interface NetworkData {
  readonly network: NetworkTable;
  readonly slots: readonly SlotTable[];
  readonly nodes: { readonly items: readonly ManagedNode[]; readonly total: number };
  readonly counts: Awaited<ReturnType<typeof countManagedNodes>>;
  readonly scans: readonly ShownScan[];
  readonly query: Record<string, string | undefined>;
  readonly offset: number;
  readonly limit: number;
  readonly sort: string;
}

export function networkPage(t: Texts, data: NetworkData, now: number): Content {
  const { network, scans, counts } = data;
  const open = scans.filter((scan) => scan.endedAt === null);
  const total = Object.values(counts.status).reduce((sum, n) => sum + n, 0);
  const { status } = data.query;
  const tile = (name: string, key: string | undefined, value: number): Content =>
    html`<a class="tile${status === key ? ' active' : ''}" href="${withQuery(data.query, { status: key, offset: undefined })}"${
      status === key ? html` aria-current="true"` : ''
    }><b>${count(value)}</b><span>${name}</span></a>`;
  return html`<div data-topics="scans networks progress">
<div class="head"><h1>${network.name}</h1><div id="scan-now" data-live>${scanButton(t, network, open.length > 0)}</div></div>
<div id="running" data-live>${open.map((scan) => scanCard(t, scan, now))}</div>
<div class="tiles" id="tiles" data-live>${tile(t.nodes, undefined, total)}${tile(t.new, 'new', counts.status.new ?? 0)}${tile(
    t.existing,
    'existing',
    counts.status.existing ?? 0,
  )}${tile(t.lost, 'lost', counts.status.lost ?? 0)}</div>
<section class="card">${filters(t, data)}
<div id="nodes" data-live>${nodeTable(t, data, total)}${paging(t, data.query, { ...data, total: data.nodes.total })}</div></section>
<section class="card"><h2>${t.scans}</h2><div id="scans" data-live>${scanTable(t, scans)}</div></section>
<section class="card"><h2>${t.options}</h2>${optionsForm(t, data)}</section>
</div>`;
}

function filters(t: Texts, { query, counts }: NetworkData): Content {
  return html`<form class="filters" method="get" data-auto role="search">
<label class="grow"><span class="hidden">${t.search}</span><input type="search" name="search" value="${query.search ?? ''}" placeholder="${t.searchHint}"></label>
<label><span class="hidden">${t.family}</span><select name="family"><option value="">${t.family}: ${t.all}</option>${counts.family.map(
    ([family, n]) => {
      const value = family === '' ? '-' : family;
      return html`<option value="${value}"${query.family === value ? html` selected` : ''}>${family || t.unknownFamily} (${count(n)})</option>`;
    },
  )}</select></label>
${query.status ? html`<input type="hidden" name="status" value="${query.status}">` : ''}
${query.sort ? html`<input type="hidden" name="sort" value="${query.sort}">` : ''}
<button>${t.filter}</button>${query.search || query.family || query.status ? html`<a class="button quiet" href="?">${t.reset}</a>` : ''}
</form>`;
}

function nodeTable(t: Texts, data: NetworkData, all: number): Content {
  const { nodes, sort, query, network } = data;
  if (nodes.items.length === 0) return html`<p class="empty">${all === 0 ? t.noNodesYet : t.noNodes}</p>`;
  const head = (text: string, name: string) => sortHead(text, name, sort, query);
  return table(
    [
      head(t.name, 'displayName'),
      head(t.address, 'address'),
      head(t.family, 'family'),
      t.vendor,
      head(t.packages, 'numberOfPackages'),
      head(t.status, 'status'),
      head(t.lastSeen, 'lastSeen'),
    ],
    nodes.items.map((node) => {
      const { document } = node;
      const { os } = document.sections;
      const [first, ...others] = document.addresses;
      return [
        html`<a href="${nodePath(network.id, node.id)}"><strong>${node.display_name || '–'}</strong></a>`,
        html`<span class="address">${first?.addr ?? '–'}</span>${others.length > 0 ? html` <span class="muted">+${others.length}</span>` : ''}`,
        html`${os?.name ?? node.family}${os?.name && os.version ? html` <span class="muted">${os.version}</span>` : ''}`,
        html`<span class="muted">${node.vendor}</span>`,
        node.packages_count > 0 ? html`<span class="number">${count(node.packages_count)}</span>` : '',
        badge(t, node.status),
        time(node.last_seen),
      ];
    }),
  );
}

export function scanTable(t: Texts, scans: readonly ShownScan[]): Content {
  if (scans.length === 0) return html`<p class="empty">${t.noScans}</p>`;
  return table(
    [t.ordered, t.state, t.duration, t.records, t.result],
    scans.map((scan) => [
      html`<a href="${scanPath(scan)}">${time(scan.createdAt)}</a>`,
      scan.status === 'queued' && !scan.connected
        ? html`<span class="badge warn">${t.waitingForAgent}</span>`
        : badge(t, scan.status),
      scan.startedAt !== null && scan.endedAt !== null ? span((scan.endedAt - scan.startedAt) / 1000) : '',
      html`<span class="number">${count(scan.records)}</span>`,
      html`<span class="muted">${scan.code ?? ''} ${scan.note ?? ''}</span>`,
    ]),
  );
}

function optionsForm(t: Texts, { network, slots }: NetworkData): Content {
  const own = readOptions(network.options);
  const slot = slots.find((s) => s.id === network.slot_id);
  const fromSlot = slot && readOptions(slot.options);
  const effective = fromSlot && effectiveOptions(own, fromSlot);
  const overlaid = (['start', 'allow', 'deny'] as const).filter((field) => (fromSlot?.[field].length ?? 0) > 0);
  return html`<form method="post" action="/apps/sonar/networks/${network.id}/options" class="stack">
<div class="two"><label>${t.name}<input name="name" required maxlength="100" value="${network.name}" autocomplete="off"></label>
<label>${t.slot}<select name="slotId"><option value="">${t.none}</option>${slots.map(
    (s) => html`<option value="${s.id}"${s.id === network.slot_id ? html` selected` : ''}>${s.name}</option>`,
  )}</select></label></div>
${optionFields(t, own)}
${overlaid.map((field) => html`<p class="muted">${t[field]}: ${t.fromSlot} ${slot?.name}: <code>${effective?.[field].slice(0, 8).join(' ')}</code></p>`)}
<div><button>${t.save}</button></div></form>`;
}
