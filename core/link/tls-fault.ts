/** Why TLS does not come about, as a sentence: by the codes of OpenSSL and Node, never by their words. */
import { codeOf, LinkFault, type Party, silence } from './fault.js';
import { pinMismatch } from './trust.js';

/** OpenSSL's words for a peer that answers in something else than TLS. */
const noTls = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST|RECORD_TOO_LARGE)$/;
const noCommonTls =
  /^ERR_SSL_(UNSUPPORTED_PROTOCOL|.*ALERT_PROTOCOL_VERSION|.*ALERT_HANDSHAKE_FAILURE|NO_SHARED_CIPHER|.*INSUFFICIENT_SECURITY)$/;

const unknownIssuer: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

/** The handshake, and what the certificate says. `issuer` is who signed the one that was shown, cleaned, or empty. */
export function tlsFault(error: unknown, party: Party, issuer = ''): LinkFault {
  const code = codeOf(error);
  const { name, isProxy } = party;
  const say = (reason: string) => new LinkFault(reason, { cause: error });
  if (code === pinMismatch) {
    return say(
      `the certificate of ${name} has no key of connect.pins (it shows ${(error as Error).message}); if the space has a new key, add that one, else somebody stands between`,
    );
  }
  if (unknownIssuer.has(code)) {
    const by = issuer === '' ? 'an authority that' : `"${issuer}", which`;
    return say(
      `the certificate of ${name} is issued by ${by} this machine does not trust (${code}); if your company inspects TLS or runs its own authority, set connect.caFile to its CA certificate`,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return say(
      `the certificate of ${name} is for another name than ${party.host}; check ${isProxy ? party.settings : 'connect.host'}, or who answers there`,
    );
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return say(`the certificate of ${name} has expired; have it renewed, and check the clock of this machine`);
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return say(`the certificate of ${name} is not valid yet; check the clock of this machine`);
  }
  if (noTls.test(code)) {
    const next = isProxy
      ? `if it is a plain one, write http:// in ${party.settings}`
      : 'the space may speak ws: see connect.protocol and connect.port';
    return say(`${name} does not speak TLS; ${next}`);
  }
  if (noCommonTls.test(code)) {
    return say(
      `${name} and this agent have no version or cipher of TLS in common (${code}); it needs TLS 1.2 or newer`,
    );
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return say(
      `${name} closed the connection during the TLS handshake; a firewall or proxy may stand between, or the port speaks no TLS`,
    );
  }
  if (code === 'ETIMEDOUT') return say(silence(party));
  return say(`TLS with ${name} failed${code === '' ? '' : ` (${code})`}; check its certificate and who answers there`);
}
