/** What agents fetch with the token of their slot: the offer, and its bundle. Nothing that was not offered to this very slot. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem } from '../problem.js';
import type { Runtime } from '../runtime.js';
import { checkToken } from '../storage/tokens.js';
import { bundlePath, findBundle } from '../updates/bundles.js';
import { offerOf } from '../updates/offers.js';
import { Strikes } from './strikes.js';

/** As for the agents' end point (agents.ts). */
const maxWrongTokens = 120;

export function updateRoutes(app: FastifyInstance, { db, clock, directory }: Runtime): void {
  const strikes = new Strikes(clock, maxWrongTokens);
  const config = { agents: true };

  const offerFor = async (request: FastifyRequest) => {
    if (strikes.out(request.ip)) throw problem(429, 'E_RATE', 'too many wrong tokens');
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const check = await checkToken(db, token, clock.now());
    if (!check.ok) {
      if (check.reason === 'token unknown') strikes.wrong(request.ip);
      throw problem(401, 'E_AUTH', check.reason);
    }
    const slot = await db.selectFrom('slots').select('enabled').where('id', '=', check.slotId).executeTakeFirst();
    if (slot?.enabled !== 1) throw problem(403, 'E_DISABLED', 'slot disabled');
    const offer = await offerOf(db, check.slotId);
    return offer === undefined ? undefined : findBundle(db, offer.version, offer.platform);
  };

  app.get('/api/ksocket/updates', { config }, async (request) => {
    const bundle = await offerFor(request);
    if (bundle === undefined) return { offer: null };
    const { version, sha256, size } = bundle;
    return { offer: { version, sha256, size } };
  });

  app.get<{ Params: { version: string; platform: string } }>(
    '/api/ksocket/updates/:version/:platform',
    { config },
    async (request, reply) => {
      const bundle = await offerFor(request);
      const { version, platform } = request.params;
      if (bundle === undefined || bundle.version !== version || bundle.platform !== platform)
        throw problem(404, 'E_NOT_FOUND', 'not offered to this slot');
      // Of the database, not of the request.
      const path = bundlePath(directory, bundle);
      const { size } = await stat(path).catch(() => {
        throw problem(404, 'E_NOT_FOUND', 'the bundle is not here any more');
      });
      return reply.type('application/octet-stream').header('content-length', size).send(createReadStream(path));
    },
  );
}
