/**
 * Whom TLS believes: the usual certificate authorities, those of connect.caFile besides, and the name that the operator wrote;
 * and of the space itself, the public keys of connect.pins.
 */
import { createHash, X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { failure } from '../contract/index.js';
import { readText } from '../runtime/index.js';

/** Code of the error of a certificate whose keys are all unknown; its message names the key that was seen. */
export const pinMismatch = 'KSOCKET_PIN_MISMATCH';

/** A bundle of all authorities of the world is some 200 kB. */
const maxBundleBytes = 4 * 1024 * 1024;

/** PEM certificates of a file, each of them looked at. @throws Failure E_INPUT naming the file */
export async function readAuthorities(path: string): Promise<readonly string[]> {
  const text = await readText(path, maxBundleBytes).catch((error: { cause?: { code?: string } }) => {
    if (error.cause?.code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    return '';
  });
  const found =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (found.length === 0) {
    throw failure('E_INPUT', `connect.caFile: ${path} holds no certificate in PEM`, {
      remedy: `if it is DER, convert it: openssl x509 -inform der -in ${path} -out ca.pem`,
    });
  }
  for (const [index, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw failure('E_INPUT', `connect.caFile: certificate ${index + 1} of ${path} cannot be read`, {
        cause,
        remedy: 'export it again as PEM',
      });
    }
  }
  return found;
}

export interface TrustOptions {
  /** Host of the peer, without brackets. */
  readonly host: string;
  /** PEM certificates besides the usual authorities. */
  readonly authorities?: readonly string[];
  /** `sha256/BASE64`; one of them must be in the chain. None: any key. */
  readonly pins?: readonly string[];
  /** False: whoever answers is believed, whatever its certificate, name and key. */
  readonly verify: boolean;
}

export function trustOptions({ host, authorities = [], pins = [], verify }: TrustOptions): tls.ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: verify,
    ...(authorities.length > 0 ? { ca: [...usualAuthorities(), ...authorities] } : {}),
    // Node's own idea of the name is that of the socket, which over a proxy is the proxy's, or `localhost`.
    checkServerIdentity: (_, certificate) => {
      const wrongName = tls.checkServerIdentity(host, certificate);
      if (wrongName !== undefined || pins.length === 0) return wrongName;
      return checkPins(certificate as tls.DetailedPeerCertificate, pins);
    },
  };
}

/** From Node 22.15 on with the system's and NODE_EXTRA_CA_CERTS, where Node was told to use them. */
function usualAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

function checkPins(certificate: tls.DetailedPeerCertificate, pins: readonly string[]): Error | undefined {
  const keys = chainKeys(certificate);
  // The digest is the last 44 characters, after one slash or two.
  const wanted = new Set(pins.map((pin) => pin.slice(-44)));
  if (keys.some((key) => wanted.has(key))) return undefined;
  return Object.assign(new Error(`sha256/${keys[0]}`), { code: pinMismatch });
}

/**
 * SHA-256 of the public key (SPKI, RFC 7469, 2.4) of the certificate and of each issuer, leaf first. Only signatures make
 * a chain here: the one Node hands over is put together by names, and a stranger may send a pinned certificate along.
 */
export function chainKeys(leaf: Pick<tls.DetailedPeerCertificate, 'raw' | 'issuerCertificate'>): string[] {
  const keys: string[] = [];
  const seen = new Set<unknown>();
  let at = leaf;
  let certificate = new X509Certificate(at.raw);
  for (;;) {
    seen.add(at);
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    keys.push(createHash('sha256').update(spki).digest('base64'));
    const next = at.issuerCertificate;
    if (next === undefined || seen.has(next)) return keys;
    const issuer = new X509Certificate(next.raw);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return keys;
    at = next;
    certificate = issuer;
  }
}
