/** Our own paths: slots and tokens, networks and their options, scans, and the stream of what changes. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { problem } from '../problem.js';
import type { Runtime } from '../runtime.js';
import { findNetwork } from '../storage/networks.js';
import { readBodies } from '../storage/records.js';
import { findScan, listScans, type Scan } from '../storage/scans.js';
import { findSlot, listSlots } from '../storage/slots.js';
import { listTokens } from '../storage/tokens.js';
import { listOffers } from '../updates/offers.js';
import {
  networkChange,
  newNetwork,
  newSlot,
  newToken,
  optionsOf,
  page,
  parse,
  scanCancel,
  slotChange,
} from './input.js';
import { iso, networkShape, scanShape, slotShape } from './shapes.js';

type P<K extends string> = { Params: Record<K, string> };

const scanPage = page(['createdAt'], '-createdAt');
const slotPage = page(['name'], 'name');

export function ownRoutes(app: FastifyInstance, runtime: Runtime): void {
  const { db, actions, hub, live } = runtime;
  const networks = '/api/apps/sonar/networks';

  app.get('/api/slots', async ({ query }) => {
    const { offset, limit } = parse(slotPage, query);
    const [slots, tokens, offers] = await Promise.all([listSlots(db), listTokens(db), listOffers(db)]);
    const items = slots.map((slot) => slotShape(slot, hub.isConnected(slot.id), tokens, offers));
    return { items: items.slice(offset, offset + limit), total: items.length };
  });

  const slot = async (id: string) => {
    const row = await findSlot(db, id);
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no slot ${id}`);
    return slotShape(row, hub.isConnected(id), await listTokens(db), await listOffers(db));
  };

  app.get<P<'id'>>('/api/slots/:id', ({ params }) => slot(params.id));

  app.post('/api/slots', async ({ body }, reply) => {
    const { rest, options } = optionsOf(parse(newSlot, body));
    const id = await actions.addSlot({ ...rest, options });
    return reply.code(201).send(await slot(id));
  });

  app.patch<P<'id'>>('/api/slots/:id', async ({ params, body }) => {
    const { rest, options } = optionsOf(parse(slotChange, body));
    await actions.changeSlot(params.id, { ...rest, options });
    return slot(params.id);
  });

  app.post<P<'id'>>('/api/slots/:id/tokens', async ({ params, body }, reply) => {
    const { expires } = parse(newToken, body);
    const issued = await actions.issueToken(params.id, expires === null ? null : Date.parse(expires));
    return reply.code(201).send({
      tokenId: issued.id,
      slotId: issued.slotId,
      token: issued.token,
      expiresAt: iso(issued.expiresAt),
    });
  });

  app.delete<P<'id' | 'token'>>('/api/slots/:id/tokens/:token', async ({ params }, reply) => {
    await actions.revokeToken(params.id, params.token);
    return reply.code(204).send();
  });

  app.post(networks, async ({ body }, reply) => {
    const { rest, options } = optionsOf(parse(newNetwork, body));
    const id = await actions.addNetwork({ ...rest, options });
    return reply.code(201).send(networkShape((await findNetwork(db, id))!, 0));
  });

  app.patch<P<'id'>>(`${networks}/:id`, async ({ params, body }) => {
    const { rest, options } = optionsOf(parse(networkChange, body));
    await actions.changeNetwork(params.id, { ...rest, options });
    const row = await findNetwork(db, params.id);
    return networkShape(row!, 0);
  });

  const shape = (scan: Scan) => scanShape(scan, hub.isConnected(scan.slotId), live.progress(scan.opId));
  const scan = async (networkId: string, id: string) => {
    const row = await findScan(db, id);
    if (row === undefined || row.networkId !== networkId) throw problem(404, 'E_NOT_FOUND', `no scan ${id}`);
    return row;
  };

  app.get<P<'id'>>(`${networks}/:id/scans`, async ({ params, query }) => {
    if ((await findNetwork(db, params.id)) === undefined) throw problem(404, 'E_NOT_FOUND', `no network ${params.id}`);
    const { items, total } = await listScans(db, params.id, parse(scanPage, query));
    return { items: items.map(shape), total };
  });

  app.post<P<'id'>>(`${networks}/:id/scans`, async ({ params }, reply) => {
    const { scanId } = await actions.startScan(params.id);
    return reply.code(201).send(shape(await scan(params.id, scanId)));
  });

  app.get<P<'id' | 'scan'>>(`${networks}/:id/scans/:scan`, async ({ params }) =>
    shape(await scan(params.id, params.scan)),
  );

  app.post<P<'id' | 'scan'>>(`${networks}/:id/scans/:scan/cancel`, async ({ params, body }) => {
    const row = await scan(params.id, params.scan);
    await actions.cancelScan(row.id, parse(scanCancel, body).reason);
    return shape(await scan(params.id, params.scan));
  });

  app.get<P<'id' | 'scan'>>(`${networks}/:id/scans/:scan/records`, async ({ params }, reply) => {
    const { opId } = await scan(params.id, params.scan);
    const lines = async function* () {
      for await (const bodies of readBodies(db, opId)) yield `${bodies.join('\n')}\n`;
    };
    return reply.type('application/x-ndjson').send(Readable.from(lines()));
  });

  app.get('/api/events', (_, reply) => streamEvents(reply, runtime));
}

/** Pages that may be open at once; each is one socket and one timer. */
const maxStreams = 200;
/** Proxies cut a stream that says nothing for a minute. */
const keepAliveMs = 20_000;

/** Server-sent events (WHATWG HTML, 9.2): what changed, by topic and id. */
function streamEvents(reply: FastifyReply, { feed, clock, streams }: Runtime): void {
  if (feed.size >= maxStreams) throw problem(429, 'E_RATE', 'too many open pages');
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\n');
  const unsubscribe = feed.subscribe((news) => {
    // A page that does not read is told nothing; it asks again when it wakes.
    if (raw.writableLength < 64 * 1024) raw.write(`data: ${JSON.stringify(news)}\n\n`);
  });
  let stop: () => void = () => undefined;
  const beat = (): void => {
    stop = clock.after(keepAliveMs, () => {
      raw.write(': \n\n');
      beat();
    });
  };
  beat();
  const end = (): void => void raw.end();
  streams.add(end);
  raw.on('close', () => {
    stop();
    unsubscribe();
    streams.delete(end);
  });
}
