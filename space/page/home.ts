/** The first page: what is running, which networks and slots there are, what happened. */

import type { Scan } from '../storage/scans.js';
import type { EventTable, NetworkTable, SlotTable } from '../storage/schema.js';
import type { TokenRow } from '../storage/tokens.js';
import type { ShownOffer } from '../updates/offers.js';
import { badge, count, time, word } from './format.js';
import { type Content, html } from './html.js';
import { networkPath, type ShownScan, scanCard, scanPath, table } from './parts.js';
import type { Texts } from './texts.js';

export interface HomeData {
  readonly running: readonly ShownScan[];
  readonly networks: readonly {
    row: NetworkTable;
    nodes: number;
    slotName: string | undefined;
    last: Scan | undefined;
    busy: boolean;
  }[];
  readonly slots: readonly {
    row: SlotTable;
    connected: boolean;
    tokens: readonly TokenRow[];
    offer: ShownOffer | undefined;
  }[];
  readonly events: readonly { row: EventTable; subject: string }[];
}

export function home(t: Texts, data: HomeData, now: number): Content {
  return html`<div data-topics="slots scans networks progress">
<div id="running" data-live>${
    data.running.length > 0
      ? html`<section><h2>${t.runningScans}</h2>${data.running.map((scan) => scanCard(t, scan, now))}</section>`
      : ''
  }</div>
<section class="card"><div class="head"><div><h2>${t.networks}</h2><p class="muted">${t.networksHint}</p></div></div>
<div id="networks" data-live>${networks(t, data)}</div>
<details class="adder"><summary>${t.addNetwork}</summary>${networkForm(t, data)}</details></section>
<section class="card"><div class="head"><div><h2>${t.slots}</h2><p class="muted">${t.slotsHint}</p></div></div>
<div id="slots" data-live>${slots(t, data, now)}</div>
<details class="adder"><summary>${t.addSlot}</summary>
<form method="post" action="/slots" class="stack"><label>${t.name}<input name="name" required maxlength="100" autocomplete="off"></label>
<div><button>${t.add}</button></div></form></details></section>
<section class="card"><h2>${t.events}</h2><div id="events" data-live><ul class="events">${data.events.map(
    ({ row, subject }) =>
      html`<li>${time(row.at)} <strong>${word(t, row.kind)}</strong> <span>${subject}</span> <span class="muted">${word(t, row.detail)}</span></li>`,
  )}</ul></div></section>
</div>`;
}

function networks(t: Texts, data: HomeData): Content {
  if (data.networks.length === 0) return html`<p class="empty">${t.noNetworks}</p>`;
  return table(
    [t.name, t.nodes, t.slot, t.lastScan, ''],
    data.networks.map(({ row, nodes, slotName, last, busy }) => [
      html`<a href="${networkPath(row.id)}"><strong>${row.name}</strong></a>`,
      html`<span class="number">${count(nodes)}</span>`,
      slotName ?? html`<span class="muted">${t.none}</span>`,
      last
        ? html`<a href="${scanPath(last)}">${time(last.createdAt)}</a> ${badge(t, last.status)}`
        : html`<span class="muted">${t.noScans}</span>`,
      scanButton(t, row, busy),
    ]),
  );
}

export function scanButton(t: Texts, network: NetworkTable, busy: boolean): Content {
  return html`<form method="post" action="/apps/sonar/networks/${network.id}/scans"><button id="scan-${network.id}"${busy || network.slot_id === null ? html` disabled` : ''}>${t.scanNow}</button></form>`;
}

function networkForm(t: Texts, data: HomeData): Content {
  return html`<form method="post" action="/networks" class="stack">
<label>${t.name}<input name="name" required maxlength="100" autocomplete="off"></label>
<label>${t.slot}<select name="slotId"><option value="">${t.none}</option>${data.slots.map(
    ({ row }, i) => html`<option value="${row.id}"${i === 0 ? html` selected` : ''}>${row.name}</option>`,
  )}</select></label>
${optionFields(t, { start: [], allow: [], deny: [] })}
<div><button>${t.add}</button></div></form>`;
}

export function optionFields(
  t: Texts,
  options: { start: readonly string[]; allow: readonly string[]; deny: readonly string[] },
): Content {
  return html`<div class="three">${(['start', 'allow', 'deny'] as const).map(
    (field) =>
      html`<label>${t[field]}<textarea name="${field}" rows="4" spellcheck="false" placeholder="192.0.2.0/24">${options[field].join('\n')}</textarea></label>`,
  )}</div><p class="muted">${t.optionsHint}</p>`;
}

function slots(t: Texts, data: HomeData, now: number): Content {
  if (data.slots.length === 0) return html`<p class="empty">${t.noSlots}</p>`;
  return html`<ul class="slots">${data.slots.map(({ row, connected, tokens, offer }) => {
    const state = row.enabled !== 1 ? 'disabled' : connected ? 'connected' : 'notConnected';
    const since = connected ? row.connected_at : (row.disconnected_at ?? row.connected_at);
    return html`<li>
<span class="lamp ${state}" aria-hidden="true"></span>
<div class="who"><strong>${row.name}</strong> ${badge(t, state)} ${
      since === null ? '' : html`<span class="muted">${t.sinceBefore} ${time(since)}${t.sinceAfter}</span>`
    }
<div class="muted">${
      row.agent_name === null
        ? t.notUsed
        : html`${row.agent_name} · ${row.agent_version} · ${row.agent_os} · ${t.mode} ${row.agent_mode}`
    }${offer === undefined ? '' : html` · ${t.update} ${offer.version}: ${word(t, offer.state)}`}</div></div>
<details id="slot-${row.id}"><summary>${t.manage}</summary>${slotTools(t, row, tokens, now)}</details></li>`;
  })}</ul>`;
}

function slotTools(t: Texts, row: SlotTable, tokens: readonly TokenRow[], now: number): Content {
  const options = JSON.parse(row.options) as { start: string[]; allow: string[]; deny: string[] };
  return html`<div class="tools-panel"><h3>${t.tokens}</h3>
${
  tokens.length === 0
    ? html`<p class="muted">${t.none}</p>`
    : html`<ul class="tokens">${tokens.map(
        (token) => html`<li><code>${token.id.slice(-6)}</code>
<span>${t.issued} ${time(token.createdAt)}</span>
<span>${token.expiresAt === null ? t.expiresNever : token.expiresAt <= now ? html`<span class="badge bad">${t.expired}</span> ${time(token.expiresAt)}` : html`${t.expires} ${time(token.expiresAt)}`}</span>
<span class="muted">${token.lastUsedAt === null ? t.notUsed : html`${t.lastUsed} ${time(token.lastUsedAt)}`}</span>
<form method="post" action="/slots/${row.id}/tokens/${token.id}/revoke"><button class="quiet danger">${t.revoke}</button></form></li>`,
      )}</ul>`
}
<form method="post" action="/slots/${row.id}/tokens" class="row"><label>${t.expires}<input type="date" name="expires"></label><button>${t.issueToken}</button></form>
<h3>${t.options}</h3>
<form method="post" action="/slots/${row.id}/options" class="stack">${optionFields(t, options)}<div><button>${t.save}</button></div></form>
<form method="post" action="/slots/${row.id}/enabled"><input type="hidden" name="enabled" value="${row.enabled === 1 ? 'no' : 'yes'}"><button class="quiet${row.enabled === 1 ? ' danger' : ''}">${row.enabled === 1 ? t.disable : t.enable}</button></form></div>`;
}

/** The one time that a token is shown. */
export function tokenPage(t: Texts, slotName: string, token: string): Content {
  return html`<section class="card narrow"><h1>${t.tokenTitle}: ${slotName}</h1><p>${t.tokenOnce}</p>
<p class="token"><code id="token">${token}</code><button class="quiet" hidden data-copy="token" aria-label="Copy">⧉</button></p>
<p class="muted">${t.tokenUse}</p><pre>ksocket config connect.token ${token}</pre>
<p><a class="button" href="/">${t.back}</a></p></section>`;
}
