/** One scan: how far it is or how it ended, and what it saw, while it is still looking too. */
import type { NodeDocument } from '../../core/inventory/index.js';
import type { SnapshotNode } from '../storage/nodes.js';
import { badge, count, span, time } from './format.js';
import { type Content, html } from './html.js';
import { card, facts, paging, type ShownScan, scanCard, scanPath, snapshotNodePath, table } from './parts.js';
import type { Texts } from './texts.js';

export interface ScanData {
  readonly scan: ShownScan;
  readonly slotName: string;
  readonly input: {
    readonly start: readonly string[];
    readonly allow: readonly string[];
    readonly deny: readonly string[];
  };
  /** While it runs. */
  readonly preview: readonly NodeDocument[] | undefined;
  /** When it has ended. */
  readonly nodes: { readonly items: readonly SnapshotNode[]; readonly total: number } | undefined;
  readonly findings: readonly string[];
  readonly offset: number;
  readonly limit: number;
}

export function scanPage(t: Texts, data: ScanData, now: number): Content {
  const { scan, input } = data;
  return html`<div data-topics="scans progress records">
<h1>${t.scan}: ${scan.networkName}</h1>
<div id="running" data-live>${scan.endedAt === null ? scanCard(t, scan, now) : ''}</div>
<div id="facts" data-live>${card(
    t.state,
    html`${facts([
      [t.state, html`${badge(t, scan.status)} ${scan.code ?? ''} ${scan.note ?? ''}`],
      [t.slot, data.slotName],
      [t.ordered, time(scan.createdAt)],
      [t.started, scan.startedAt === null ? undefined : time(scan.startedAt)],
      [t.ended, scan.endedAt === null ? undefined : time(scan.endedAt)],
      [
        t.duration,
        scan.startedAt !== null && scan.endedAt !== null ? span((scan.endedAt - scan.startedAt) / 1000) : undefined,
      ],
      [
        t.records,
        html`${count(scan.records)} · <a href="/api${scanPath(scan)}/records" download="records.ndjson">${t.recordsFile}</a>`,
      ],
      [t.start, some(input.start)],
      [t.allow, some(input.allow)],
      [t.deny, some(input.deny)],
    ])}`,
  )}${data.findings.length > 0 ? card(t.findings, html`<ul>${data.findings.map((text) => html`<li>${text}</li>`)}</ul>`) : ''}</div>
<div id="nodes" data-live>${seen(t, data)}</div></div>`;
}

const some = (list: readonly string[]): Content =>
  list.length === 0
    ? undefined
    : html`<code>${list.slice(0, 20).join(' ')}${list.length > 20 ? ` … +${list.length - 20}` : ''}</code>`;

function seen(t: Texts, data: ScanData): Content {
  const { scan, nodes, preview, offset, limit } = data;
  if (nodes !== undefined) {
    const rows = nodes.items.map((node) =>
      row(t, node.document, snapshotNodePath(scan.networkId, node.snapshot_id, node.id)),
    );
    return card(
      html`${t.nodesOfScan} <span class="muted">${count(nodes.total)}</span>`,
      html`${table(heads(t), rows)}${paging(t, {}, { offset, limit, total: nodes.total })}`,
    );
  }
  if (preview === undefined || preview.length === 0) return undefined;
  return card(
    html`${t.seenSoFar} <span class="muted">${count(preview.length)}</span>`,
    html`${table(
      heads(t),
      preview.slice(offset, offset + limit).map((node) => row(t, node, undefined)),
    )}${paging(t, {}, { offset, limit, total: preview.length })}`,
  );
}

const heads = (t: Texts): Content[] => [t.name, t.address, t.mac, t.vendor, t.family, t.services, t.state];

function row(t: Texts, node: Omit<NodeDocument, 'packages'>, href: string | undefined): Content[] {
  const [first, ...others] = node.addresses;
  const name = html`<strong>${node.displayName || '–'}</strong>`;
  return [
    href ? html`<a href="${href}">${name}</a>` : name,
    html`<span class="address">${first?.addr ?? '–'}</span>${others.length > 0 ? html` <span class="muted">+${others.length}</span>` : ''}`,
    html`<code>${first?.macaddr ?? ''}</code>`,
    first?.extraFields.macaddr?.organizationName,
    html`${node.sections.os?.name ?? node.system.family ?? ''}`,
    (first?.services ?? []).map((s) => html`<span class="chip">${s.name}</span> `),
    node.lastScanSucceededAt
      ? html`<span class="badge good">${t.entered}</span>`
      : html`<span class="badge plain">${t.notEntered}</span>`,
  ];
}
