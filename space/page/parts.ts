/** Pieces that several pages show: a scan on its way, tables, facts, paging. */
import type { LiveProgress } from '../scan/live.js';
import type { Scan } from '../storage/scans.js';
import { badge, count, span, time } from './format.js';
import { type Content, html, withQuery } from './html.js';
import type { Texts } from './texts.js';

export interface ShownScan extends Scan {
  readonly connected: boolean;
  readonly live: LiveProgress | undefined;
  readonly networkName: string;
}

/** One scan that has not ended: bar, rate, remaining time, and the way to stop it. */
export function scanCard(t: Texts, scan: ShownScan, now: number): Content {
  const progress = scan.live ?? { ...scan.progress, rate: undefined, remaining: undefined };
  const waiting = scan.status === 'queued' && !scan.connected;
  const known = progress.total > 0;
  return html`<article class="scan">
<header><a href="${scanPath(scan)}"><strong>${scan.networkName}</strong></a>
${waiting ? html`<span class="badge warn">${t.waitingForAgent}</span>` : badge(t, scan.status)}
<span class="spacer"></span>
${
  scan.cancelRequested
    ? html`<span class="muted">${t.cancelling}</span>`
    : html`<form method="post" action="${scanPath(scan)}/cancel"><button class="quiet" id="cancel-${scan.id}">${t.cancel}</button></form>`
}</header>
<progress aria-label="${t.scan} ${scan.networkName}" max="${known ? progress.total : 1}"${known ? html` value="${Math.min(progress.done, progress.total)}"` : scan.status === 'queued' ? html` value="0"` : ''}></progress>
<footer>${known ? html`<span>${count(progress.done)} ${t.of} ${count(progress.total)}</span>` : ''}
${stepsOf(t, scan.live?.counts)}
${progress.rate !== undefined && scan.live?.counts === undefined ? html`<span>${progress.rate >= 10 ? Math.round(progress.rate) : progress.rate.toFixed(1)} ${t.perSecond}</span>` : ''}
${progress.remaining !== undefined ? html`<span>${span(progress.remaining)} ${t.remaining}</span>` : ''}
<span>${count(scan.records)} ${t.records}</span>
${scan.startedAt === null ? html`<span>${t.ordered} ${time(scan.createdAt)}</span>` : html`<span>${span((now - scan.startedAt) / 1000)}</span>`}
${scan.live?.counts === undefined ? html`<span class="muted note">${progress.note}</span>` : ''}</footer>
</article>`;
}

/** Addresses, then hosts by how far they are: the numbers that the agent counts, in the reader's language. */
function stepsOf(t: Texts, counts: LiveProgress['counts']): Content {
  if (counts?.addresses === undefined) return undefined;
  const { addresses, expected = 0, alive = 0, entered = 0, collected = 0, addressesPerSecond } = counts;
  const pace = addressesPerSecond === undefined ? '' : ` (${count(Math.round(addressesPerSecond))} ${t.perSecond})`;
  return html`<span>${t.addressesDone} ${count(addresses)}/${count(expected)}${pace}</span>
<span>${t.aliveCount} ${count(alive)}</span><span>${t.enteredCount} ${count(entered)}</span><span>${t.collectedCount} ${count(collected)}</span>`;
}

export const networkPath = (id: string): string => `/apps/sonar/networks/${encodeURIComponent(id)}/managed-nodes`;
export const nodePath = (networkId: string, id: string): string =>
  `${networkPath(networkId)}/${encodeURIComponent(id)}`;
export const scanPath = (scan: { networkId: string; id: string }): string =>
  `/apps/sonar/networks/${encodeURIComponent(scan.networkId)}/scans/${encodeURIComponent(scan.id)}`;
export const snapshotNodePath = (networkId: string, snapshotId: string, id: string): string =>
  `/apps/sonar/networks/${encodeURIComponent(networkId)}/snapshots/${encodeURIComponent(snapshotId)}/nodes/${encodeURIComponent(id)}`;

/** A table that scrolls by itself on a narrow screen. Rows without a single cell are left out. */
export function table(heads: readonly Content[], rows: readonly (readonly Content[])[], id?: string): Content {
  return html`<div class="scroll" tabindex="0" role="region"><table${id ? html` id="${id}"` : ''}><thead><tr>${heads.map(
    (head) => html`<th scope="col">${head}</th>`,
  )}</tr></thead><tbody>
${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell ?? ''}</td>`)}</tr>\n`)}</tbody></table></div>`;
}

/** Names and values side by side; what is not known is not shown. */
export function facts(pairs: readonly (readonly [Content, Content])[]): Content {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false);
  if (known.length === 0) return undefined;
  return html`<dl class="facts">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function paging(
  t: Texts,
  query: Record<string, string | undefined>,
  at: { offset: number; limit: number; total: number },
  name = 'offset',
): Content {
  const { offset, limit, total } = at;
  if (total <= limit && offset === 0) return undefined;
  const last = Math.min(offset + limit, total);
  return html`<nav class="paging">
${offset > 0 ? html`<a class="button" rel="prev" href="${withQuery(query, { [name]: Math.max(0, offset - limit) || undefined })}">${t.previous}</a>` : ''}
<span>${count(Math.min(offset + 1, total))}–${count(last)} ${t.of} ${count(total)}</span>
${last < total ? html`<a class="button" rel="next" href="${withQuery(query, { [name]: offset + limit })}">${t.next}</a>` : ''}
</nav>`;
}

/** A heading that sorts by its column, and turns the order round when it does already. */
export function sortHead(text: string, name: string, sort: string, query: Record<string, string | undefined>): Content {
  const active = sort.replace(/^-/, '') === name;
  const next = sort === name ? `-${name}` : name;
  const mark = active ? (sort.startsWith('-') ? ' ↓' : ' ↑') : '';
  return html`<a class="sort${active ? ' active' : ''}" href="${withQuery(query, { sort: next, offset: undefined })}">${text}${mark}</a>`;
}

export function card(title: Content, body: Content, id?: string): Content {
  if (body === undefined || body === null || body === '') return undefined;
  return html`<section class="card"${id ? html` id="${id}"` : ''}><h2>${title}</h2>${body}</section>`;
}

/** Long lists that are seldom read begin closed. */
export function folded(title: string, size: number, body: Content): Content {
  if (size === 0) return undefined;
  return html`<section class="card"><details><summary><h2>${title} <span class="muted">${count(size)}</span></h2></summary>${body}</details></section>`;
}
