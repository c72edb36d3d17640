/**
 * Why an address was or was not found, matched and entered: the steps of a scan as sentences, in both languages. The same
 * explanation serves `ksocket explain`, which reads the trail of a scan, and the page of a node, which has its document.
 */
import { type Address, AddressSet, addressToBigInt, parseRange, tryParseAddress } from '../contract/address.js';
import type { Outcome } from '../wire/scan.js';
import type { NodeDocument, SectionProvenance } from './document.js';
import type { TrailEvent, TrailEventOf } from './trail.js';

/** What is known of one address. */
export interface Story {
  readonly address: Address;
  /** Who named it, first first. */
  readonly candidates: readonly { readonly source: string; readonly range: string }[];
  /** Why nothing further was let in, when the scan met its bound. */
  readonly stopped: string | undefined;
  /** Why it was left alone. */
  readonly left: readonly { readonly source: string; readonly why: string }[];
  readonly seen: readonly Pick<TrailEventOf<'seen'>, 'source' | 'alive' | 'evidence' | 'mac' | 'names' | 'services'>[];
  readonly findings: readonly string[];
  /** Undefined when it was not entered at all. */
  readonly outcomes: readonly Outcome[] | undefined;
  readonly sections: readonly Pick<SectionProvenance, 'section' | 'collector' | 'credential' | 'state' | 'missing'>[];
  /** The scan is through. */
  readonly ended: boolean;
  /** The scan may log in. */
  readonly collect: boolean;
}

export const stepTitles = {
  candidate: ['candidate', '候補'],
  exclusion: ['exclusion', '除外'],
  liveness: ['liveness', '生存確認'],
  finding: ['finding', '注意'],
  credentials: ['credentials', '接続情報'],
  login: ['login', 'ログイン'],
  details: ['details', '詳細'],
} as const;

export interface Step {
  readonly step: keyof typeof stepTitles;
  /** Did this step let the address go on? */
  readonly ok: boolean;
  readonly text: readonly [en: string, ja: string];
}

type Say = readonly [en: string, ja: string];

/** Reads the trail of one scan. */
export function storyOf(address: Address, trail: Iterable<TrailEvent>): Story {
  const candidates: { source: string; range: string }[] = [];
  const left: { source: string; why: string }[] = [];
  const seen: TrailEventOf<'seen'>[] = [];
  const findings: string[] = [];
  const sections = new Map<string, Story['sections'][number]>();
  const nodes = new Set<string>([address]);
  let outcomes: Outcome[] | undefined;
  let stopped: string | undefined;
  let ended = false;
  let collect = true;
  // A scan that went on after a crash says some things once more.
  const said = new Set<string>();
  const isNew = (...words: string[]) => said.size !== said.add(words.join(' ')).size;
  for (const event of trail) {
    if (event.is === 'scan') collect = event.collect;
    else if (event.is === 'lead') {
      if (covers(event.range, address) && isNew('lead', event.source, event.range))
        candidates.push({ source: event.source, range: event.range });
    } else if (event.is === 'left') {
      if (event.address === address && isNew('left', event.why)) left.push({ source: event.source, why: event.why });
    } else if (event.is === 'stopped') stopped = event.why;
    else if (event.is === 'again') {
      if (!nodes.has(event.node)) continue;
      sections.clear();
      outcomes = undefined;
    } else if (event.is === 'seen') {
      if (!event.addresses.includes(address)) continue;
      nodes.add(event.node);
      const before = seen.findIndex((it) => it.node === event.node && it.source === event.source);
      if (before >= 0) seen.splice(before, 1);
      seen.push(event);
    } else if (event.is === 'finding') {
      if (event.node === address && isNew('finding', event.text)) findings.push(event.text);
    } else if (event.is === 'section') {
      if (!nodes.has(event.node)) continue;
      const { collector, credential } = event.provenance;
      sections.set(`${event.name} ${collector}`, {
        ...{ section: event.name, collector, state: event.state, missing: event.missing ?? [] },
        ...(credential === undefined ? {} : { credential }),
      });
    } else if (event.is === 'node') {
      if (nodes.has(event.node)) outcomes = event.outcomes;
    } else if (event.is === 'end') ended = true;
  }
  return {
    address,
    candidates,
    stopped,
    left,
    seen,
    findings,
    outcomes,
    sections: [...sections.values()],
    ended,
    collect,
  };
}

/** The same of one address of a node that is known. */
export function storyOfNode(
  address: Address,
  node: Pick<NodeDocument, 'addresses' | 'outcomes' | 'provenance'>,
): Story {
  const row = node.addresses.find((it) => it.addr === address);
  const outcomes = node.outcomes.filter((it) => it.address === address);
  return {
    address,
    candidates: row === undefined ? [] : [{ source: row.source, range: address }],
    stopped: undefined,
    left: [],
    seen:
      row === undefined
        ? []
        : [
            {
              ...{ source: row.source, alive: row.alive ?? 'yes', evidence: row.evidence, services: [...row.services] },
              ...(row.macaddr === undefined ? {} : { mac: row.macaddr }),
              names: row.hostnames.map(({ hostname }) => ({ name: hostname, source: '' })),
            },
          ],
    findings: [],
    // Of a node that was entered by another of its addresses nobody tried this one.
    outcomes: outcomes.length === 0 && node.outcomes.length === 0 ? undefined : outcomes,
    sections: node.provenance.filter((it) => it.address === address),
    ended: true,
    collect: true,
  };
}

export function explain(story: Story): Step[] {
  const { address, candidates, left, seen, findings, sections } = story;
  const outcomes = story.outcomes ?? [];
  const steps: Step[] = [];
  const say = (step: Step['step'], ok: boolean, text: Say) => void steps.push({ step, ok, text });
  for (const { source, range } of candidates)
    say('candidate', true, range === address ? named(source) : inRange(source, range));
  if (candidates.length === 0 && left.length === 0 && seen.length === 0) {
    say('candidate', false, [
      'nobody named this address: it is in no start range, and no gateway, neighbour cache or host of the scan knew it',
      'どこからも候補になっていません: 開始範囲に含まれず、ゲートウェイ、近隣キャッシュ、スキャンしたホストのいずれにも知られていません',
    ]);
    return steps;
  }
  for (const { why } of left) say('exclusion', false, [`left alone: ${why}`, `対象外: ${why}`]);
  if (left.length > 0 && seen.length === 0) return steps;
  const edge = seen.length === 0 ? edgeOf(address, candidates) : undefined;
  if (edge !== undefined) {
    say('exclusion', false, edge);
    return steps;
  }
  if (seen.length === 0 && story.stopped !== undefined) {
    say('exclusion', false, [`not let in: ${story.stopped}`, `対象外: ${story.stopped}`]);
    return steps;
  }
  if (seen.length > 0 && left.length === 0) say('exclusion', true, ['nothing excludes it', '除外する規則はありません']);
  if (seen.length === 0)
    say(
      'liveness',
      false,
      story.ended
        ? [
            'it was not looked at: the scan ended before its turn',
            '確認されていません: 順番の前にスキャンが終わりました',
          ]
        : [
            'not looked at yet, or the scan was cut off before',
            'まだ確認されていないか、その前にスキャンが中断されました',
          ],
    );
  for (const it of seen) liveness(it, say);
  for (const text of findings) say('finding', false, [text, text]);
  const alive = seen.some((it) => it.alive === 'yes');
  if (!alive) return steps;
  if (!story.collect) {
    say('login', false, ['the scan only looked (no logins were wanted or possible)', '生存確認のみのスキャンです']);
    return steps;
  }
  if (story.outcomes === undefined)
    say(
      'login',
      false,
      story.ended
        ? ['nobody tried to log in', 'ログインは試みられていません']
        : ['its turn for logins had not ended', 'ログインの順番がまだ終わっていません'],
    );
  for (const outcome of outcomes) login(outcome, say);
  for (const it of sections) {
    const gaps = it.missing.map((m) => `${m.field} ${m.state}${m.reason ? ` (${m.reason})` : ''}`).join(', ');
    const from = it.credential === undefined ? it.collector : `${it.collector} (${it.credential})`;
    say('details', it.state === 'ok', [
      `${it.section} by ${from}: ${it.state}${gaps ? `; missing ${gaps}` : ''}`,
      `${it.section}: ${from} から取得、${it.state}${gaps ? `、不足 ${gaps}` : ''}`,
    ]);
  }
  return steps;
}

function liveness(it: Story['seen'][number], say: (step: Step['step'], ok: boolean, text: Say) => void): void {
  for (const { probe, answer, port, rttMs } of it.evidence) {
    if (probe === 'own') {
      say('liveness', true, ['it is an address of the agent’s own machine', 'エージェント自身のマシンのアドレスです']);
      continue;
    }
    const at = port === undefined ? probe : `${probe} ${port}`;
    const took = rttMs === undefined ? '' : ` (${rttMs} ms)`;
    say('liveness', it.alive === 'yes', [`asked by ${at}: ${answer}${took}`, `${at} で確認: ${answer}${took}`]);
  }
  const words: Record<typeof it.alive, Say> = {
    yes: ['so it is alive', 'よって応答ありと判断'],
    no: ['so it is not there', 'よって存在しないと判断'],
    unknown: ['so nothing is known: silence does not prove absence', 'よって不明（無応答は不在の証明になりません）'],
  };
  say('liveness', it.alive === 'yes', words[it.alive]);
  if (it.mac !== undefined) say('liveness', true, [`MAC address ${it.mac}`, `MAC アドレス ${it.mac}`]);
  const names = (it.names ?? []).map(({ name, source }) => (source === '' ? name : `${name} (${source})`)).join(', ');
  if (names !== '') say('liveness', true, [`name: ${names}`, `名前: ${names}`]);
  const services = (it.services ?? []).map(({ name, port }) => `${name} ${port}`).join(', ');
  if (services !== '') say('liveness', true, [`services: ${services}`, `サービス: ${services}`]);
}

function login(it: Outcome, say: (step: Step['step'], ok: boolean, text: Say) => void): void {
  const { collector, matched = [], tried = [] } = it;
  const remedy: Say = it.remedy === undefined ? ['', ''] : [`; ${it.remedy}`, `。対処: ${it.remedy}`];
  if (matched.length > 0)
    say('credentials', true, [
      `${collector}: ${matched.join(', ')} ${matched.length === 1 ? 'matches' : 'match, in this order'}`,
      `${collector}: ${matched.join('、')} が${matched.length === 1 ? '' : 'この順に'}一致`,
    ]);
  for (const { credential, code, reason } of tried)
    say(
      'login',
      code === undefined,
      code === undefined
        ? [`${collector}: ${credential} got in`, `${collector}: ${credential} でログインしました`]
        : [
            `${collector}: ${credential} did not get in: ${reason ?? code}`,
            `${collector}: ${credential} ではログインできません: ${reason ?? code}`,
          ],
    );
  const untried = matched.length - tried.length;
  if (untried > 0 && it.result !== 'skipped' && tried.length > 0)
    say('login', true, [
      `${collector}: ${matched.filter((name) => !tried.some((t) => t.credential === name)).join(', ')} was not tried`,
      `${collector}: ${matched.filter((name) => !tried.some((t) => t.credential === name)).join('、')} は試していません`,
    ]);
  if (it.result === 'skipped')
    say('credentials', false, [
      `${collector}: ${it.reason ?? it.code ?? ''}${remedy[0]}`,
      `${collector}: ${it.reason ?? it.code ?? ''}${remedy[1]}`,
    ]);
  else if (it.result === 'failed' && tried.every((t) => t.reason !== it.reason))
    say('login', false, [
      `${collector} failed: ${it.reason ?? it.code ?? ''}${remedy[0]}`,
      `${collector} 失敗: ${it.reason ?? it.code ?? ''}${remedy[1]}`,
    ]);
  else if (tried.length === 0 && it.result !== 'failed')
    say('login', true, [
      `${collector}: this is the agent's own machine, no login is needed`,
      `${collector}: エージェント自身のマシンのためログイン不要`,
    ]);
}

const named = (source: string): Say =>
  source === 'start'
    ? ['the order names it as start address', '開始アドレスとして指定されています']
    : [`named by: ${source}`, `候補の出どころ: ${source}`];

const inRange = (source: string, range: string): Say =>
  source === 'start'
    ? [`in the start range ${range} of the order`, `開始範囲 ${range} に含まれます`]
    : [`in ${range}, named by: ${source}`, `${range} に含まれます（出どころ: ${source}）`];

/** The first and last address of an IPv4 network are no hosts (RFC 1122, 3.2.1.3); a range that covers it otherwise has it asked. */
function edgeOf(address: Address, candidates: Story['candidates']): Say | undefined {
  if (address.includes(':')) return undefined;
  const ranges = candidates.map((it) => parseRange(it.range));
  const value = addressToBigInt(address);
  const isEdge = (it: (typeof ranges)[number]) => it.prefix < 31 && (it.first === value || it.last === value);
  const range = ranges.find(isEdge);
  if (range === undefined || !ranges.every(isEdge)) return undefined;
  const isFirst = range.first === value;
  return [
    `left alone: ${isFirst ? 'network' : 'broadcast'} address of ${range.text}`,
    `対象外: ${range.text} の${isFirst ? 'ネットワーク' : 'ブロードキャスト'}アドレス`,
  ];
}

function covers(range: string, address: Address): boolean {
  if (range === address) return true;
  return (
    range.includes('/') && tryParseAddress(address) !== undefined && new AddressSet([parseRange(range)]).has(address)
  );
}
