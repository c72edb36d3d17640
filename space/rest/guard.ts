/** What every request passes before a handler sees it: the host it was meant for, who sent it, and from which page. */
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, problem } from '../problem.js';
import { cookieOf, type Keys } from './keys.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no key: the login page and the files that it shows. */
    open?: boolean;
    /** For agents: it looks at the token of a slot itself, and no browser that someone leads here has one. */
    agents?: boolean;
  }
}

/** Everything comes from here, nothing is inline: text of a hostile target cannot become a script even if escaping failed. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface GuardSettings {
  /** Names by which this space may be called; empty lets any name pass. */
  readonly hosts: readonly string[];
}

export function guard(app: FastifyInstance, keys: Keys, settings: GuardSettings): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    if (request.routeOptions.config.agents === true) return;
    // A page elsewhere may give its own name the address 127.0.0.1 (DNS rebinding); its Host header tells.
    if (settings.hosts.length > 0 && !settings.hosts.includes(hostOf(request)))
      throw problem(403, 'E_HOST', 'this space is not called by that host name');
    if (request.routeOptions.config.open === true) return;
    const token = request.headers['x-authorization'];
    if (token !== undefined) return checkHeader(String(token), request, keys);
    const cookie = cookieOf(request.headers.cookie, keys.cookie);
    if (cookie === undefined || !keys.isSession(cookie)) throw problem(401, 'E_AUTH', 'log in with the admin key');
    if (request.method !== 'GET' && request.method !== 'HEAD') requireSameOrigin(request);
  });
}

function checkHeader(header: string, request: FastifyRequest, keys: Keys): void {
  const key = /^Token (\S+)$/.exec(header)?.[1] ?? '';
  const verdict = keys.check(key, request.ip);
  if (verdict === 'wait') throw problem(429, 'E_RATE', 'too many wrong keys; wait a minute');
  if (verdict === 'wrong') throw problem(401, 'E_AUTH', 'X-Authorization: Token … is not the admin key');
}

/** A form on another site can send our cookie's request, but not say that it comes from here. */
export function requireSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  if (site === 'same-origin') return;
  if (
    site === undefined &&
    origin !== undefined &&
    URL.canParse(origin) &&
    new URL(origin).host === request.headers.host
  )
    return;
  throw problem(403, 'E_ORIGIN', 'this request does not come from a page of this space');
}

function hostOf(request: FastifyRequest): string {
  const host = request.headers.host ?? '';
  return host.replace(/:\d+$/, '').toLowerCase();
}

/** Names of a space that listens on this address. Loopback is reached by its own names only; elsewhere any name may lead. */
export function allowedHosts(listen: string, more: readonly string[]): string[] {
  const loopback = listen === 'localhost' || listen === '::1' || (isIP(listen) === 4 && listen.startsWith('127.'));
  if (!loopback) return [...more];
  const own = listen.includes(':') ? `[${listen}]` : listen;
  return [...new Set(['localhost', '127.0.0.1', '[::1]', own, ...more.map((name) => name.toLowerCase())])];
}

/** Errors as JSON for programs; the page has its own. */
export function sendProblem(error: unknown, reply: FastifyReply): FastifyReply {
  const known = error instanceof Problem ? error : undefined;
  const status = known?.status ?? (error as { statusCode?: number }).statusCode ?? 500;
  const code = known?.code ?? (status < 500 ? 'E_INPUT' : 'E_INTERNAL');
  const message = status < 500 && error instanceof Error ? error.message : 'the space failed; its log says why';
  return reply.code(status).type('application/json').send({ error: { code, message } });
}
