/** Numbers, sizes and times for people. */
import { type Content, html } from './html.js';
import type { Texts } from './texts.js';

/** The browser's script turns it into local time; without it, UTC is shown and says so. */
export function time(ms: number | string | null | undefined): Content {
  if (ms === null || ms === undefined || ms === '') return '–';
  const date = new Date(ms);
  // A time that a target told may be any text.
  if (Number.isNaN(date.getTime())) return String(ms);
  const iso = date.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

export function sizeOfKiB(kib: number | undefined): string | undefined {
  if (kib === undefined) return undefined;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = kib;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function speed(mbps: number | undefined): string | undefined {
  if (mbps === undefined || mbps === 0) return undefined;
  return mbps >= 1000 ? `${mbps / 1000} Gbit/s` : `${mbps} Mbit/s`;
}

export function span(seconds: number): string {
  if (seconds < 1) return '< 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const count = (value: number): string => value.toLocaleString('en');

export const word = (t: Texts, key: string): string => (Object.hasOwn(t, key) ? t[key as keyof Texts] : key);

export function badge(t: Texts, state: string): Content {
  const tone: Record<string, string> = {
    connected: 'good',
    done: 'good',
    ok: 'good',
    new: 'info',
    existing: 'plain',
    running: 'info',
    queued: 'plain',
    partial: 'warn',
    lost: 'bad',
    failed: 'bad',
    expired: 'bad',
    rejected: 'bad',
    cancelled: 'warn',
    skipped: 'plain',
    notConnected: 'plain',
    disabled: 'bad',
  };
  return html`<span class="badge ${tone[state] ?? 'warn'}">${word(t, state)}</span>`;
}
