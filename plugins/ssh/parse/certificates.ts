/** Public certificates as PEM, read by OpenSSL (node:crypto); what it does not understand is left out. */
import { X509Certificate } from 'node:crypto';
import type { SectionData } from 'ksocket/plugin';
import { addressOf } from './addresses.js';
import { linesOf, present, timeOf } from './text.js';

export type Certificate = NonNullable<SectionData['security']['certificates']>[number];

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';
/** The script passes on at most this many files; a chain has a few each. */
const maxCertificates = 1000;
/** A certificate with every extension there is has some KiB. */
const maxLines = 1000;
/** A shared certificate of a content network has a hundred names. */
export const maxNames = 250;

/** `file:/etc/ssl/a.pem` before the certificates of each file, or the bare path as `find -print` has it. */
export function certificates(text: string): Certificate[] {
  const found = new Map<string, Certificate>();
  let path: string | undefined;
  let pem: string[] | undefined;
  for (const line of linesOf(text)) {
    if (line.startsWith('file:/')) path = line.slice('file:'.length);
    else if (line.startsWith('/') && pem === undefined) path = line;
    else if (line.startsWith(begin)) pem = [begin];
    else if (line.startsWith(end) && pem !== undefined) {
      pem.push(end);
      const it = certificateOf(pem.join('\n'), path);
      // A chain stands in several files; the first one names it.
      if (it?.fingerprint !== undefined && !found.has(it.fingerprint) && found.size < maxCertificates)
        found.set(it.fingerprint, it);
      pem = undefined;
    } else if (pem !== undefined && pem.length < maxLines) pem.push(line.trim());
  }
  return [...found.values()];
}

function certificateOf(pem: string, path: string | undefined): Certificate | undefined {
  let it: X509Certificate;
  try {
    it = new X509Certificate(pem);
  } catch {
    return undefined;
  }
  const names = (it.subjectAltName ?? '').slice(0, 64 * 1024).match(/(?<=(?:^|, )(?:DNS|IP Address):)[^,"]{1,255}/g);
  return {
    ...present({
      path,
      subject: distinguishedName(it.subject),
      issuer: distinguishedName(it.issuer),
      serial: it.serialNumber.toLowerCase() || undefined,
      notBefore: timeOf(Date.parse(it.validFrom) / 1000),
      notAfter: timeOf(Date.parse(it.validTo) / 1000),
      fingerprint: it.fingerprint256.replaceAll(':', '').toLowerCase(),
      names: names === null ? undefined : names.slice(0, maxNames).map((it) => addressOf(it) ?? it),
    }),
  };
}

/**
 * OpenSSL’s lines, as encoded, in the order of RFC 4514, which is the reverse; it has escaped the values already, so that ` + `
 * stands only between the attributes of one name.
 */
function distinguishedName(lines: string | undefined): string | undefined {
  const names = (lines ?? '').split('\n').filter((it) => it !== '');
  const ordered = names.reverse().map((it) => it.split(' + ').reverse().join('+'));
  return ordered.length === 0 ? undefined : ordered.join(',');
}
