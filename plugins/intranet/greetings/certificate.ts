/**
 * Whom a TLS server says it is: the common name of its leaf certificate, or its first alternative name. Only the handshake is
 * made; nothing is believed and nothing is said to the server, so neither its age nor its certificate's matters.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';

/** A common name has 64 characters at most (RFC 5280, appendix A.1), a DNS name 255 octets. */
const longest = 255;

let lenient: SecureContext | undefined;

/** Devices that were never updated speak TLS 1.0 with short keys, and renegotiate without RFC 5746. */
function context(): SecureContext {
  lenient ??= createSecureContext({
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
  return lenient;
}

/** Undefined when the server speaks no TLS or names nobody. OpenSSL bounds what it takes in: 100 kB of certificates, one handshake. */
export function readCertificate(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    const secure = connect({ socket, secureContext: context(), rejectUnauthorized: false });
    secure.once('secureConnect', () => {
      resolve(nameOf(secure.getPeerCertificate()));
      secure.destroy();
    });
    secure.on('error', () => resolve(undefined));
    // Of the socket itself too: one that has gone meanwhile tells its wrapper nothing.
    for (const it of [secure, socket]) it.once('close', () => resolve(undefined));
    if (socket.destroyed) resolve(undefined);
  });
}

/** @internal The name in a certificate as Node reads it; several common names come as a list. */
export function nameOf(leaf: Partial<PeerCertificate>): string | undefined {
  const common = [leaf.subject?.CN].flat().find((it) => typeof it === 'string' && cleaned(it) !== '');
  const name = cleaned(common ?? alternative(leaf.subjectaltname) ?? '');
  return name === '' ? undefined : name;
}

/** The first of `DNS:a.example, IP Address:192.0.2.1`; what holds a comma or a quote is written as JSON (CVE-2021-44532). */
function alternative(names: string | undefined): string | undefined {
  const value = /^[^:,]+:("(?:[^"\\]|\\.)*"|[^,]*)/.exec(names ?? '')?.[1];
  if (!value?.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return undefined;
  }
}

function cleaned(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, longest);
}
