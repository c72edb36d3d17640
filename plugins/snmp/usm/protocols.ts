/** The security protocols of SNMPv3 by the names that credential files use: what each one is made of, and where that is written. */
import type { authProtocols, privProtocols } from '../credential.js';

export type AuthName = Exclude<(typeof authProtocols)[number], 'usmNoAuthProtocol'>;
export type PrivName = Exclude<(typeof privProtocols)[number], 'usmNoPrivProtocol'>;

export interface AuthProtocol {
  /** By OpenSSL’s name. */
  readonly hash: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
  /** Of a whole digest, and so of a key. */
  readonly hashOctets: number;
  /** How much of the HMAC is sent. */
  readonly digestOctets: number;
}

/** RFC 3414, sections 6 and 7; RFC 7860, section 4. */
export const auths: Record<AuthName, AuthProtocol> = {
  usmHMACMD5AuthProtocol: { hash: 'md5', hashOctets: 16, digestOctets: 12 },
  usmHMACSHAAuthProtocol: { hash: 'sha1', hashOctets: 20, digestOctets: 12 },
  usmHMAC128SHA224AuthProtocol: { hash: 'sha224', hashOctets: 28, digestOctets: 16 },
  usmHMAC192SHA256AuthProtocol: { hash: 'sha256', hashOctets: 32, digestOctets: 24 },
  usmHMAC256SHA384AuthProtocol: { hash: 'sha384', hashOctets: 48, digestOctets: 32 },
  usmHMAC384SHA512AuthProtocol: { hash: 'sha512', hashOctets: 64, digestOctets: 48 },
};

/**
 * How a key comes to be longer than a digest. Two drafts that became no RFC disagree: that of U. Blumenthal (AES) hashes what is
 * there, that of D. Reeder (3DES; for AES with Cisco and most others) takes it for one more password.
 */
export type Extension = 'blumenthal' | 'reeder';

export interface PrivProtocol {
  readonly cipher: 'des' | '3des' | 'aes';
  /** Of the localised key: what enciphers, and for DES eight octets that go into the initialisation vector. */
  readonly keyOctets: number;
  /** In the order in which they are tried; where the key needs no extension they are the same. */
  readonly extensions: readonly [Extension, ...Extension[]];
}

const des = { cipher: 'des', keyOctets: 16, extensions: ['reeder'] } as const;
const aes = (keyOctets: number, ...extensions: [Extension, ...Extension[]]): PrivProtocol => ({
  cipher: 'aes',
  keyOctets,
  extensions,
});

/** RFC 3414, section 8; draft-reeder-snmpv3-usm-3desede-00; RFC 3826; draft-blumenthal-aes-usm-04. The names are pysnmp’s. */
export const privs: Record<PrivName, PrivProtocol> = {
  usmDESPrivProtocol: des,
  usm3DESEDEPrivProtocol: { cipher: '3des', keyOctets: 32, extensions: ['reeder'] },
  usmAesCfb128Protocol: aes(16, 'reeder'),
  usmAesCfb192Protocol: aes(24, 'reeder', 'blumenthal'),
  usmAesCfb256Protocol: aes(32, 'reeder', 'blumenthal'),
  usmAesBlumenthalCfb192Protocol: aes(24, 'blumenthal'),
  usmAesBlumenthalCfb256Protocol: aes(32, 'blumenthal'),
};
