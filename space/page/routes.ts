/** The pages: what each address shows. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { scanInput } from '../../core/wire/scan.js';
import { Problem, problem } from '../problem.js';
import { page, parse } from '../rest/input.js';
import { cookieOf } from '../rest/keys.js';
import type { Runtime } from '../runtime.js';
import { latestEvents } from '../storage/events.js';
import { countNodesByNetwork, findNetwork, listNetworks } from '../storage/networks.js';
import {
  countManagedNodes,
  findManagedNode,
  findSnapshotNode,
  listManagedNodes,
  listSnapshotNodes,
  managedNodeSorts,
  packagesOf,
} from '../storage/nodes.js';
import { findScan, findSnapshot, listScans, networksOfScans, openScans, type Scan } from '../storage/scans.js';
import { findSlot, listSlots } from '../storage/slots.js';
import { listTokens } from '../storage/tokens.js';
import { listOffers } from '../updates/offers.js';
import { home } from './home.js';
import { type Content, html } from './html.js';
import { type AssetPaths, layout, type PageContext } from './layout.js';
import { networkPage } from './network.js';
import { nodePage } from './node.js';
import { networkPath, type ShownScan, scanPath } from './parts.js';
import { scanPage } from './scan.js';
import { isLanguage, type Language, languages, preferredLanguage } from './texts.js';

type P<K extends string> = { Params: Record<K, string> };

const languageCookie = 'ksocket_lang';
const nodesAtOnce = 100;
const scansShown = 20;
const eventsShown = 15;

const nodeQuery = page(Object.keys(managedNodeSorts), 'address');
const plainQuery = page(['address'], 'address');

export function contextOf(request: FastifyRequest, now: number): PageContext {
  const asked = (request.query as Record<string, string | undefined> | undefined)?.lang;
  const kept = cookieOf(request.headers.cookie, languageCookie);
  const language: Language = isLanguage(asked)
    ? asked
    : isLanguage(kept)
      ? kept
      : preferredLanguage(request.headers['accept-language']);
  return { t: languages[language], language, url: request.url, now };
}

export type Show = (
  request: FastifyRequest,
  reply: FastifyReply,
  page: { title: string; trail?: { href?: string; text: string }[]; body: Content; bare?: boolean },
) => FastifyReply;

export function shower(runtime: Runtime, assets: AssetPaths): Show {
  return (request, reply, shown) => {
    const context = contextOf(request, runtime.clock.now());
    const asked = (request.query as Record<string, string | undefined> | undefined)?.lang;
    if (isLanguage(asked))
      reply.header('set-cookie', `${languageCookie}=${asked}; Path=/; Max-Age=31536000; SameSite=Lax`);
    return reply
      .header('vary', 'accept-language, cookie')
      .type('text/html; charset=utf-8')
      .send(layout(context, assets, shown).text);
  };
}

/** A problem on a page of its own, with the way back. */
export function showProblem(
  show: Show,
  runtime: Runtime,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { t } = contextOf(request, runtime.clock.now());
  const status = error instanceof Problem ? error.status : ((error as { statusCode?: number }).statusCode ?? 500);
  const message = status < 500 && error instanceof Error ? error.message : 'the space failed; its log says why';
  const body = html`<section class="card narrow"><h1>${t.errorTitle}</h1><p class="alert">${message}</p><p><a class="button" href="/">${t.back}</a></p></section>`;
  return show(request, reply.code(status), { title: t.errorTitle, body });
}

export function pageRoutes(app: FastifyInstance, runtime: Runtime, show: Show): void {
  const { db, hub, live, clock } = runtime;
  const context = (request: FastifyRequest) => contextOf(request, clock.now());

  const shown = (scan: Scan, networkName: string): ShownScan => ({
    ...scan,
    networkName,
    connected: hub.isConnected(scan.slotId),
    live: live.progress(scan.opId),
  });
  const network = async (id: string) => {
    const row = await findNetwork(db, id);
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no network ${id}`);
    return row;
  };

  app.get('/', async (request, reply) => {
    const { t, now } = context(request);
    const [slots, offers, tokens, rows, counts, open, events] = await Promise.all([
      listSlots(db),
      listOffers(db),
      listTokens(db),
      listNetworks(db),
      countNodesByNetwork(db),
      openScans(db),
      latestEvents(db, eventsShown),
    ]);
    const names = new Map([...slots, ...rows].map((row) => [row.id, row.name]));
    const ofScans = await networksOfScans(
      db,
      events.filter((row) => row.kind.startsWith('scan-')).map((row) => row.subject),
    );
    const subjectOf = (id: string) => names.get(id) ?? names.get(ofScans.get(id) ?? '') ?? '';
    const networks = await Promise.all(
      rows.map(async (row) => ({
        row,
        nodes: counts.get(row.id) ?? 0,
        slotName: row.slot_id === null ? undefined : names.get(row.slot_id),
        last: (await listScans(db, row.id, { offset: 0, limit: 1 })).items[0],
        busy: open.some((scan) => scan.networkId === row.id),
      })),
    );
    return show(request, reply, {
      title: t.overview,
      body: home(
        t,
        {
          running: open.map((scan) => shown(scan, names.get(scan.networkId) ?? '')),
          networks,
          slots: slots.map((row) => ({
            row,
            connected: hub.isConnected(row.id),
            tokens: tokens.filter((token) => token.slotId === row.id),
            offer: offers.find(({ slotId }) => slotId === row.id),
          })),
          events: events.map((row) => ({
            row,
            // An offer is an event of a version, not of one slot.
            subject: subjectOf(row.subject) || (row.kind.startsWith('update-') ? row.subject : ''),
          })),
        },
        now,
      ),
    });
  });

  app.get<P<'id'>>('/apps/sonar/networks/:id', ({ params }, reply) => reply.redirect(networkPath(params.id)));

  app.get<P<'id'>>('/apps/sonar/networks/:id/managed-nodes', async (request, reply) => {
    const { t, now } = context(request);
    const row = await network(request.params.id);
    const wanted = parse(nodeQuery, { limit: nodesAtOnce, ...(request.query as object) });
    const [nodes, counts, slots, scans] = await Promise.all([
      listManagedNodes(db, row.id, wanted, wanted),
      countManagedNodes(db, row.id),
      listSlots(db),
      listScans(db, row.id, { offset: 0, limit: scansShown }),
    ]);
    const { lang: _, ...query } = request.query as Record<string, string>;
    return show(request, reply, {
      title: row.name,
      trail: [{ text: row.name }],
      body: networkPage(
        t,
        {
          network: row,
          slots,
          nodes,
          counts,
          scans: scans.items.map((scan) => shown(scan, row.name)),
          query,
          offset: wanted.offset,
          limit: wanted.limit,
          sort: wanted.sort,
        },
        now,
      ),
    });
  });

  const packageQuery = (request: FastifyRequest) => {
    const { lang: _, ...query } = request.query as Record<string, string>;
    const offset = Number(query.packageOffset ?? 0);
    return {
      query,
      packageFilter: (query.packages ?? '').slice(0, 256),
      packageOffset: Number.isSafeInteger(offset) && offset > 0 ? offset : 0,
    };
  };

  app.get<P<'id' | 'node'>>('/apps/sonar/networks/:id/managed-nodes/:node', async (request, reply) => {
    const { t } = context(request);
    const row = await network(request.params.id);
    const node = await findManagedNode(db, row.id, request.params.node);
    if (node === undefined) throw problem(404, 'E_NOT_FOUND', `no node ${request.params.node}`);
    return show(request, reply, {
      title: node.display_name,
      trail: [{ href: networkPath(row.id), text: row.name }, { text: node.display_name }],
      body: nodePage(t, {
        document: node.document,
        packages: await packagesOf(db, node.id),
        ...packageQuery(request),
        status: node.status,
        firstSeen: node.first_seen,
        lastSeen: node.last_seen,
      }),
    });
  });

  app.get<P<'id' | 'snapshot' | 'node'>>(
    '/apps/sonar/networks/:id/snapshots/:snapshot/nodes/:node',
    async (request, reply) => {
      const { t } = context(request);
      const row = await network(request.params.id);
      const snapshot = await findSnapshot(db, row.id, request.params.snapshot);
      const node = snapshot && (await findSnapshotNode(db, snapshot.id, request.params.node));
      if (snapshot === undefined || node === undefined)
        throw problem(404, 'E_NOT_FOUND', `no node ${request.params.node}`);
      return show(request, reply, {
        title: node.display_name,
        trail: [
          { href: networkPath(row.id), text: row.name },
          { href: scanPath({ networkId: row.id, id: snapshot.scan_id }), text: t.scan },
          { text: node.display_name },
        ],
        body: nodePage(t, {
          document: node.document,
          packages: await packagesOf(db, node.id),
          ...packageQuery(request),
          status: undefined,
          firstSeen: undefined,
          lastSeen: undefined,
        }),
      });
    },
  );

  app.get<P<'id' | 'scan'>>('/apps/sonar/networks/:id/scans/:scan', async (request, reply) => {
    const { t, now } = context(request);
    const row = await network(request.params.id);
    const scan = await findScan(db, request.params.scan);
    if (scan === undefined || scan.networkId !== row.id)
      throw problem(404, 'E_NOT_FOUND', `no scan ${request.params.scan}`);
    const { offset, limit } = parse(plainQuery, { limit: nodesAtOnce, ...(request.query as object), sort: 'address' });
    const snapshot = scan.snapshotId === null ? undefined : await findSnapshot(db, row.id, scan.snapshotId);
    const input = await db
      .selectFrom('operations')
      .select('input')
      .where('op_id', '=', scan.opId)
      .executeTakeFirstOrThrow();
    const [slot, nodes, preview] = await Promise.all([
      findSlot(db, scan.slotId),
      snapshot && listSnapshotNodes(db, snapshot.id, {}, { offset, limit, sort: 'address' }),
      scan.endedAt === null && scan.records > 0 ? live.nodes(db, scan.opId, scan.records) : undefined,
    ]);
    return show(request, reply, {
      title: `${t.scan} ${row.name}`,
      trail: [{ href: networkPath(row.id), text: row.name }, { text: t.scan }],
      body: scanPage(
        t,
        {
          scan: shown(scan, row.name),
          slotName: slot?.name ?? '',
          input: scanInput.parse(JSON.parse(input.input)),
          preview,
          nodes,
          findings: snapshot === undefined ? [] : (JSON.parse(snapshot.findings) as string[]),
          offset,
          limit,
        },
        now,
      ),
    });
  });
}
