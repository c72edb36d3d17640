/** What the pages' forms do. Each ends in a redirect, so that reloading a page never does a thing twice. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireSameOrigin } from '../rest/guard.js';
import { networkChange, newNetwork, newSlot, newToken, optionsOf, parse, slotChange } from '../rest/input.js';
import type { Runtime } from '../runtime.js';
import { findSlot } from '../storage/slots.js';
import { tokenPage } from './home.js';
import { type Content, html } from './html.js';
import { networkPath, scanPath } from './parts.js';
import { contextOf, type Show } from './routes.js';
import type { Texts } from './texts.js';

type P<K extends string> = { Params: Record<K, string> };
type Fields = Record<string, string | undefined>;

/** Characters of a form; three text areas of ten thousand networks each. */
const maxFormBytes = 1024 * 1024;

export function formRoutes(app: FastifyInstance, runtime: Runtime, show: Show): void {
  const { db, actions, keys, clock } = runtime;
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: maxFormBytes },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  const fields = (request: FastifyRequest): Fields => (request.body ?? {}) as Fields;

  const logIn = (request: FastifyRequest, reply: FastifyReply, { key = '', next }: Fields): FastifyReply => {
    const { t } = contextOf(request, clock.now());
    const verdict = keys.check(key.trim(), request.ip);
    if (verdict === 'ok') {
      const secure = request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
      return reply
        .header('set-cookie', `${keys.cookie}=${keys.openSession()}; Path=/; HttpOnly; SameSite=Strict${secure}`)
        .redirect(ownPath(next), 303);
    }
    const wrong = verdict === 'wait' ? t.loginWait : t.loginWrong;
    const body = loginForm(t, next, wrong);
    return show(request, reply.code(verdict === 'wait' ? 429 : 401), { title: t.loginTitle, body, bare: true });
  };

  app.get('/login', { config: { open: true } }, (request, reply) => {
    const query = request.query as Fields;
    if (query.key !== undefined) return logIn(request, reply, query);
    const { t } = contextOf(request, clock.now());
    return show(request, reply, { title: t.loginTitle, body: loginForm(t, query.next), bare: true });
  });

  app.post('/login', { config: { open: true } }, (request, reply) => {
    requireSameOrigin(request);
    return logIn(request, reply, fields(request));
  });

  app.post('/logout', (_, reply) =>
    reply.header('set-cookie', `${keys.cookie}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`).redirect('/login', 303),
  );

  app.post('/slots', async (request, reply) => {
    const { name } = parse(newSlot, { name: fields(request).name });
    await actions.addSlot({ name });
    return reply.redirect('/', 303);
  });

  app.post<P<'id'>>('/slots/:id/tokens', async (request, reply) => {
    const { expires } = parse(newToken, { expires: fields(request).expires || null });
    const issued = await actions.issueToken(request.params.id, expires === null ? null : Date.parse(expires));
    const slot = await findSlot(db, request.params.id);
    const { t } = contextOf(request, clock.now());
    return show(request, reply, { title: t.tokenTitle, body: tokenPage(t, slot?.name ?? '', issued.token) });
  });

  app.post<P<'id' | 'token'>>('/slots/:id/tokens/:token/revoke', async ({ params }, reply) => {
    await actions.revokeToken(params.id, params.token);
    return reply.redirect('/', 303);
  });

  app.post<P<'id'>>('/slots/:id/options', async (request, reply) => {
    const { options } = optionsOf(parse(slotChange, optionsIn(fields(request))));
    await actions.changeSlot(request.params.id, { options });
    return reply.redirect('/', 303);
  });

  app.post<P<'id'>>('/slots/:id/enabled', async (request, reply) => {
    await actions.changeSlot(request.params.id, { enabled: fields(request).enabled === 'yes' });
    return reply.redirect('/', 303);
  });

  app.post('/networks', async (request, reply) => {
    const { name, slotId } = fields(request);
    const { rest, options } = optionsOf(
      parse(newNetwork, { name, slotId: slotId || null, ...optionsIn(fields(request)) }),
    );
    const id = await actions.addNetwork({ ...rest, options });
    return reply.redirect(networkPath(id), 303);
  });

  app.post<P<'id'>>('/apps/sonar/networks/:id/options', async (request, reply) => {
    const { name, slotId } = fields(request);
    const { rest, options } = optionsOf(
      parse(networkChange, { name, slotId: slotId || null, ...optionsIn(fields(request)) }),
    );
    await actions.changeNetwork(request.params.id, { ...rest, options });
    return reply.redirect(networkPath(request.params.id), 303);
  });

  app.post<P<'id'>>('/apps/sonar/networks/:id/scans', async ({ params }, reply) => {
    const { scanId } = await actions.startScan(params.id);
    return reply.redirect(scanPath({ networkId: params.id, id: scanId }), 303);
  });

  app.post<P<'id' | 'scan'>>('/apps/sonar/networks/:id/scans/:scan/cancel', async ({ params }, reply) => {
    await actions.cancelScan(params.scan, 'cancelled on the page');
    return reply.redirect(scanPath({ networkId: params.id, id: params.scan }), 303);
  });
}

/** Text areas hold one address or network a line; spaces and commas part them as well. */
function optionsIn(fields: Fields) {
  const list = (name: string) => (fields[name] ?? '').split(/[\s,]+/).filter(Boolean);
  return { start: list('start'), allow: list('allow'), deny: list('deny') };
}

/** A page of this space, or the first one: the login must not lead elsewhere (`//evil.example` is another host). */
function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/[A-Za-z0-9]/.test(path) && path.length < 1000 ? path : '/';
}

function loginForm(t: Texts, next: string | undefined, wrong?: string): Content {
  return html`<section class="card narrow"><h1>${t.loginTitle}</h1>${wrong ? html`<p class="alert" role="alert">${wrong}</p>` : ''}
<p class="muted">${t.loginHint}</p>
<form method="post" action="/login" class="stack"><input type="hidden" name="next" value="${ownPath(next)}"><label>${t.adminKey}<input name="key" type="password" required autofocus autocomplete="current-password"></label><div><button>${t.loginButton}</button></div></form></section>`;
}
