/** The vendor's space, by itself, in a machine of the tests: `serve.js FOLDER`, which holds its certificates and gets its token. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startVendorSpace, type VendorCertificates } from './vendor-space.js';

const [folder = ''] = process.argv.slice(2);
const certificates = JSON.parse(readFileSync(join(folder, 'certificates.json'), 'utf8')) as VendorCertificates;
const { token } = await startVendorSpace(join(folder, 'space'), certificates);
writeFileSync(join(folder, 'token.new'), `${token}\n`, { mode: 0o600 });
renameSync(join(folder, 'token.new'), join(folder, 'token'));
