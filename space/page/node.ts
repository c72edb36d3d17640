/** One node: every section in tables, and for each where it comes from, and what was not possible and why. */
import { explain, knownSections, type Step, stepTitles, storyOfNode } from '../../core/inventory/index.js';
import type { StoredNode, StoredPackage } from '../storage/node-rows.js';
import { badge, count, time, word } from './format.js';
import { type Content, html } from './html.js';
import { listCards, summaryCard } from './lists.js';
import { card, facts, paging, table } from './parts.js';
import { addressCard, hardwareCards, identityCard, networkCards, networkDeviceCard, osCard } from './sections.js';
import { languages, type Texts } from './texts.js';
import { anyValue } from './values.js';

export interface NodeData {
  readonly document: StoredNode;
  readonly packages: readonly StoredPackage[];
  /** The one page of packages that is shown, and what was searched for. */
  readonly packageFilter: string;
  readonly packageOffset: number;
  readonly query: Record<string, string | undefined>;
  readonly status: string | undefined;
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
}

const packagesAtOnce = 200;

export function nodePage(t: Texts, data: NodeData): Content {
  const { document } = data;
  const { sections } = document;
  const known = new Set<string>(knownSections);
  const others = Object.entries(sections).filter(([name]) => !known.has(name));
  return html`<div data-topics="networks">
<div class="head"><div><h1>${document.displayName || '–'}</h1><p class="muted">${document.addresses.map((a) => a.addr).join(' · ')}</p></div>
<div>${data.status ? badge(t, data.status) : ''} ${
    document.lastScanSucceededAt
      ? html`<span class="badge good">${t.entered}</span>`
      : html`<span class="badge plain">${t.notEntered}</span>`
  }</div></div>
${facts([
  [t.firstSeen, data.firstSeen === undefined ? undefined : time(data.firstSeen)],
  [t.lastSeen, data.lastSeen === undefined ? time(document.updatedAt) : time(data.lastSeen)],
  [t.packages, document.numberOfPackages > 0 ? count(document.numberOfPackages) : undefined],
  [t.updates, document.numberOfWindowsUpdates > 0 ? count(document.numberOfWindowsUpdates) : undefined],
])}
${notPossible(t, document)}
<div class="columns">${osCard(t, sections.os)}${hardwareCards(t, sections.hardware)}${identityCard(t, sections.identity)}</div>
${addressCard(t, document.addresses)}
${networkCards(t, sections.network)}
${networkDeviceCard(t, sections.networkDevice)}
<div class="columns">${(['security', 'printer', 'ups'] as const).map((name) => summaryCard(t, name, sections))}</div>
${listCards(t, sections)}
${others.map(([name, value]) => card(name, anyValue(value)))}
${explanation(t, document)}
${provenance(t, document)}
${document.history.length > 0 ? card(t.history, html`<ul>${document.history.map((line) => html`<li>${line}</li>`)}</ul>`) : ''}
${updateCard(t, document)}
${packageCard(t, data)}
</div>`;
}

function packageCard(t: Texts, data: NodeData): Content {
  if (data.packages.length === 0) return undefined;
  const wanted = data.packageFilter.toLowerCase();
  const found = wanted === '' ? data.packages : data.packages.filter((p) => p.name.toLowerCase().includes(wanted));
  const shown = found.slice(data.packageOffset, data.packageOffset + packagesAtOnce);
  return card(
    html`${t.packages} <span class="muted">${count(found.length)}</span>`,
    html`<form method="get" action="#packages" class="filters" role="search"><label class="grow"><span class="hidden">${t.filter}</span><input type="search" name="packages" value="${data.packageFilter}" placeholder="${t.filter}" data-filters="package-table"></label><button>${t.filter}</button></form>
${table(
  [t.name, t.version, t.arch, t.source],
  shown.map((p) => [
    html`<strong>${p.name}</strong>`,
    p.version ?? html`<span class="muted">–</span>`,
    p.arch,
    p.source,
  ]),
  'package-table',
)}${paging(t, data.query, { offset: data.packageOffset, limit: packagesAtOnce, total: found.length }, 'packageOffset')}`,
    'packages',
  );
}

function updateCard(t: Texts, document: StoredNode): Content {
  const updates = document.sections.software?.updates ?? [];
  if (updates.length === 0) return undefined;
  return card(
    t.updates,
    table(
      ['ID', t.title_, t.installedAt],
      updates
        .slice(0, 2000)
        .map((u) => [html`<strong>${u.id}</strong>`, u.title, u.installedAt ? time(u.installedAt) : '']),
    ),
  );
}

/** What stands first on the page of a node about which little is known: why, and what helps. */
function notPossible(t: Texts, { outcomes }: StoredNode): Content {
  const failed = outcomes.filter((o) => o.result !== 'ok');
  if (failed.length === 0) return outcomes.length > 0 ? html`<p class="muted">${t.allPossible}</p>` : undefined;
  return card(
    t.notPossible,
    html`<ul class="reasons">${failed.map(
      (o) => html`<li>${badge(t, o.result)} <strong>${o.collector}</strong> <span class="address">${o.address}</span>
<p>${o.reason ?? o.code ?? ''}${o.code ? html` <code>${o.code}</code>` : ''}</p>
${o.remedy ? html`<p class="remedy"><b>${t.remedy}:</b> ${o.remedy}</p>` : ''}
${
  (o.tried?.length ?? 0) > 0
    ? html`<ul class="tried">${o.tried?.slice(0, 50).map((it) => html`<li><code>${it.credential}</code> ${it.reason ?? it.code ?? t.tried}</li>`)}</ul>`
    : ''
}</li>`,
    )}</ul>`,
  );
}

/** Addresses that are explained at once; a switch can have hundreds. */
const mostExplained = 32;

/** The same steps that `ksocket explain` tells. */
function explanation(t: Texts, document: StoredNode): Content {
  const language = t === languages.ja ? 1 : 0;
  const rows = document.addresses.slice(0, mostExplained).flatMap(({ addr }) => {
    let before: Step['step'] | undefined;
    return explain(storyOfNode(addr, document)).map(({ step, ok, text }) => {
      const [isFirst, isNew] = [before === undefined, step !== before];
      before = step;
      return [
        html`<span class="address">${isFirst ? addr : ''}</span>`,
        html`<strong class="step">${isNew ? stepTitles[step][language] : ''}</strong>`,
        html`${ok ? '' : html`<span class="badge warn">!</span> `}${text[language]}`,
      ];
    });
  });
  if (rows.length === 0) return undefined;
  return card(t.explanation, table([t.address, t.state, ''], rows), 'explanation');
}

function provenance(t: Texts, document: StoredNode): Content {
  if (document.provenance.length === 0) return undefined;
  return card(
    t.provenance,
    table(
      [t.section, t.address, t.collector, t.credential, t.when, t.duration, t.completeness],
      document.provenance.map((p) => [
        html`<strong>${word(t, p.section === 'network' ? 'network_' : p.section)}</strong>`,
        html`<span class="address">${p.address}</span>`,
        p.collector,
        p.credential ? html`<code>${p.credential}</code>` : '',
        time(p.at),
        html`<span class="number">${Math.round(p.durationMs)} ms</span>`,
        html`${badge(t, p.state)}${
          p.missing.length > 0
            ? html`<ul class="missing">${p.missing.slice(0, 50).map((m) => html`<li><code>${m.field}</code> ${word(t, m.state)}${m.reason ? html`: ${m.reason}` : ''}</li>`)}</ul>`
            : ''
        }`,
      ]),
    ),
  );
}
