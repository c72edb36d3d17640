/** The frame around every page. */
import { type Content, type Html, html } from './html.js';
import { type Language, languages, type Texts } from './texts.js';

export interface PageContext {
  readonly t: Texts;
  readonly language: Language;
  /** Path and query of this page, for the language links. */
  readonly url: string;
  readonly now: number;
}

/** Small enough to be asked for again when it changes: the name carries a digest of its content. */
export interface AssetPaths {
  readonly css: string;
  readonly js: string;
  readonly icon: string;
}

export function layout(
  context: PageContext,
  assets: AssetPaths,
  page: {
    readonly title: string;
    readonly trail?: readonly { href?: string; text: string }[];
    readonly body: Content;
    readonly bare?: boolean;
  },
): Html {
  const { t, language } = context;
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} – ${t.title}</title>
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.css}">
<script src="${assets.js}" defer></script>
</head>
<body${page.bare ? html` class="bare"` : ''}>
<a class="skip" href="#content">${t.skipLink}</a>
<header class="top">
<a class="brand" href="/"><img src="${assets.icon}" alt="" width="28" height="28"><span>${t.title}</span></a>
<nav aria-label="${t.overview}">${trail(page.trail ?? [])}</nav>
<div class="tools">${languageLinks(context)}${
    page.bare ? '' : html`<form method="post" action="/logout"><button class="quiet">${t.logout}</button></form>`
  }</div>
</header>
<main id="content">${page.body}</main>
</body>
</html>`;
}

function trail(steps: readonly { href?: string; text: string }[]): Content {
  return steps.map((step) =>
    step.href ? html`<a href="${step.href}">${step.text}</a>` : html`<span aria-current="page">${step.text}</span>`,
  );
}

function languageLinks({ language, url }: PageContext): Content {
  const names: Record<Language, string> = { en: 'English', ja: '日本語' };
  return (Object.keys(languages) as Language[]).map((other) => {
    if (other === language) return html`<span class="lang" aria-current="true">${names[other]}</span>`;
    const [path = '/', query = ''] = url.split('?', 2);
    const parameters = new URLSearchParams(query);
    parameters.set('lang', other);
    return html`<a class="lang" lang="${other}" hreflang="${other}" href="${path}?${parameters.toString()}">${names[other]}</a>`;
  });
}
