/**
 * A space of ours where the manual's examples have the vendor's: by its name, at its address and ports, behind TLS. Only for a network
 * namespace of its own, where that address stands on the loopback interface and nothing leads out.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Authorities } from '../../core/link/testing/certificates.js';
import { Stage } from '../start/stage.js';

const address = '40.81.216.149';
const names = ['cloud.kompira.jp', 'fixpoint.cloud.kompira.jp'];

export interface VendorSpace {
  readonly stage: Stage;
  readonly token: string;
  close(): Promise<void>;
}

/** PEM: certificate and key of the vendor's names, and the authority that an agent must trust for them. */
export interface VendorCertificates {
  readonly cert: string;
  readonly key: string;
  readonly authority: string;
}

export function vendorCertificates(): VendorCertificates {
  const made = new Authorities();
  const root = made.root('Manual Root');
  const { cert, key } = made.issue(root, 'space', { names: names.map((name) => `DNS:${name}`), until: 30 });
  made.close();
  return { cert, key, authority: root.cert };
}

/** @param home of the space, not of the agent */
export async function startVendorSpace(home: string, { cert, key }: VendorCertificates): Promise<VendorSpace> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
  appendFileSync('/etc/hosts', `${address} ${names.join(' ')}\n`);
  const stage = await Stage.open({ home, port: 0 });
  const { token = '' } = await stage.slot('manual', ['127.0.0.1'], ['127.0.0.1']);
  const tls = createTlsServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (socket) => {
    const space = connect(stage.port, '127.0.0.1');
    for (const end of [socket, space]) end.on('error', () => [socket, space].map((it) => it.destroy()));
    socket.pipe(space).pipe(socket);
  });
  const web = createServer((socket) => socket.end());
  await Promise.all([listen(tls, 443), listen(web, 80)]);
  return {
    stage,
    token,
    async close() {
      for (const server of [tls, web]) server.close();
      await stage.close();
    },
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => void server.once('error', reject).listen(port, address, resolve));
