/** Certificates as a company's own authority makes them: by the openssl program, in a folder of the test, valid when the test wants. */
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const noOpenssl = existsSync('/usr/bin/openssl') ? undefined : 'needs /usr/bin/openssl';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
  /** `sha256/BASE64`, computed by openssl’s own idea of the key. */
  readonly pin: string;
}

export interface IssueOptions {
  readonly names?: readonly string[];
  readonly authority?: boolean;
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
}

const config = `[ca]
default_ca = d
[d]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = p
[p]
organizationName = optional
commonName = supplied
`;

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

const day = 86_400_000;
/** ASN.1 UTCTime’s longer brother, as `openssl ca` takes it. */
const asTime = (days: number): string =>
  `${new Date(Date.now() + days * day)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .replace('Z', '')}Z`;

export class Authorities {
  readonly folder = mkdtempSync(join(tmpdir(), 'ksocket-ca-'));
  #count = 0;

  constructor() {
    writeFileSync(join(this.folder, 'ca.conf'), config);
    writeFileSync(join(this.folder, 'index.txt'), '');
  }

  /** Signed by itself. */
  root(commonName: string): Certificate {
    const name = this.#name();
    this.#openssl(
      ...['req', '-x509', '-days', '30', ...newKey, '-addext', 'keyUsage=critical,keyCertSign,digitalSignature'],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/O=Example Works/CN=${commonName}`],
    );
    return this.#read(name);
  }

  issue(by: Certificate, commonName: string, options: IssueOptions = {}): Certificate {
    const { names = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'], authority = false, from = -1, until = 10 } = options;
    const name = this.#name();
    this.#openssl(...['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${commonName}`]);
    writeFileSync(
      join(this.folder, `${name}.ext`),
      authority
        ? 'basicConstraints=critical,CA:TRUE\n'
        : `basicConstraints=CA:FALSE\nsubjectAltName=${names.join(',')}\n`,
    );
    this.#openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.conf', '-extfile', `${name}.ext`],
      ...['-cert', by.certFile, '-keyfile', by.keyFile, '-in', `${name}.csr`, '-out', `${name}.pem`],
      ...['-startdate', asTime(from), '-enddate', asTime(until)],
    );
    return this.#read(name);
  }

  file(name: string, text: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  #name(): string {
    this.#count += 1;
    return `c${this.#count}`;
  }

  #openssl(...options: string[]): void {
    execFileSync('/usr/bin/openssl', options, { cwd: this.folder, stdio: 'pipe' });
  }

  #read(name: string): Certificate {
    const certFile = join(this.folder, `${name}.pem`);
    const keyFile = join(this.folder, `${name}.key`);
    const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
    return { certFile, keyFile, cert, key, pin: `sha256/${createHash('sha256').update(der).digest('base64')}` };
  }
}
