/** The HTTP side of the space: REST and pages on one Fastify. */
import { createRequire } from 'node:module';
import type Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { serveAssets } from './page/assets.js';
import { formRoutes } from './page/forms.js';
import { pageRoutes, shower, showProblem } from './page/routes.js';
import { Problem } from './problem.js';
import { type GuardSettings, guard, sendProblem } from './rest/guard.js';
import { ownRoutes } from './rest/own.js';
import { updateRoutes } from './rest/updates.js';
import { vendorRoutes } from './rest/vendor.js';
import type { Runtime } from './runtime.js';

/** By require, which takes two thirds of the time that an import of CommonJS takes (Node 20). */
const fastify = createRequire(import.meta.url)('fastify') as typeof Fastify;

export function buildApp(runtime: Runtime, settings: GuardSettings): FastifyInstance {
  const app = fastify({
    logger: false,
    // Three lists of ten thousand networks, as JSON.
    bodyLimit: 2 * 1024 * 1024,
    // Ids are short; anything longer is no address of ours.
    routerOptions: { maxParamLength: 100 },
    requestTimeout: 30_000,
    forceCloseConnections: true,
    return503OnClosing: true,
  });
  guard(app, runtime.keys, settings);
  const assets = serveAssets(app);
  const show = shower(runtime, assets);
  app.setErrorHandler((error, request, reply) => {
    const known = error instanceof Problem || ((error as { statusCode?: number }).statusCode ?? 500) < 500;
    if (!known)
      runtime.log.error('request failed', { url: request.url, error: String((error as Error).stack ?? error) });
    const forPrograms = request.url.startsWith('/api/');
    if (forPrograms) return sendProblem(error, reply);
    if (error instanceof Problem && error.status === 401) {
      // Back to where they wanted to go, unless that was to do something.
      const next = request.method === 'GET' && request.url !== '/' ? `?next=${encodeURIComponent(request.url)}` : '';
      return reply.redirect(`/login${next}`, 303);
    }
    return showProblem(show, runtime, error, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new Problem(404, 'E_NOT_FOUND', `nothing at ${request.url.slice(0, 200)}`);
    return request.url.startsWith('/api/')
      ? sendProblem(error, reply)
      : showProblem(show, runtime, error, request, reply);
  });
  vendorRoutes(app, runtime);
  ownRoutes(app, runtime);
  updateRoutes(app, runtime);
  formRoutes(app, runtime, show);
  pageRoutes(app, runtime, show);
  return app;
}
