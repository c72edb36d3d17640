/**
 * The simulated agents, in a process of their own: one socket an address, every answer late by a time of its agent.
 * Its argument is the JSON of `Playing`; it prints a line when all listen and plays until it is ended.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { TestEngine, userOf } from '../../../plugins/snmp/testing/engine.js';
import { authDataOf } from '../../../plugins/snmp/testing/users.js';
import * as wire from '../../../plugins/snmp/testing/wire.js';
import { accessSwitch, bigTable, type Device } from './device.js';
import { user } from './snmp.js';

export interface Playing {
  readonly device: 'switch' | 'table';
  /** Ports of the switch, or rows of the table. */
  readonly size: number;
  readonly addresses: readonly string[];
  readonly port: number;
  /** The first agent's latency and the last one's; those between lie between. */
  readonly latencyMs: readonly [from: number, to: number];
  readonly protocol: 'v2c' | 'v3';
}

/** The largest UDP payload over IPv4, as net-snmp's snmpd sends it. */
const largest = 65_507;
/** For everything around the varbinds. */
const room = 300;
const [get, getNext, getResponse, getBulk] = [0xa0, 0xa1, 0xa2, 0xa5];
const endOfMibView = Buffer.from([0x82, 0]);
const noSuchObject = Buffer.from([0x80, 0]);

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Requests come from the contenders of the bench and are well formed. */
function element(bytes: Buffer, at: number): Element {
  const first = bytes[at + 1]!;
  const octets = first < 0x80 ? 0 : first - 0x80;
  const start = at + 2 + octets;
  return { tag: bytes[at]!, start, end: start + (octets === 0 ? first : bytes.readUIntBE(at + 2, octets)) };
}

function head(tag: number, length: number): Buffer {
  return Buffer.from([tag, 0x83, length >> 16, (length >> 8) & 255, length & 255]);
}

function answer(device: Device, request: Buffer): Buffer {
  const message = element(request, 0);
  const version = element(request, message.start);
  const community = element(request, version.end);
  const pdu = element(request, community.end);
  const id = element(request, pdu.start);
  const second = element(request, id.end);
  const third = element(request, second.end);
  const list = element(request, third.end);
  const names: string[] = [];
  for (let at = list.start; at < list.end; ) {
    const pair = element(request, at);
    const name = element(request, pair.start);
    names.push(request.toString('latin1', name.start, name.end));
    at = pair.end;
  }
  const rounds = request.readUIntBE(third.start, third.end - third.start);
  const found = varbinds(device, pdu.tag, names, rounds);
  const length = found.reduce((sum, it) => sum + it.length, 0);
  const error = Buffer.from([2, 1, 0, 2, 1, 0]);
  const identity = request.subarray(pdu.start, id.end);
  const body = [head(getResponse, identity.length + error.length + 5 + length), identity, error, head(0x30, length)];
  const before = request.subarray(message.start, community.end);
  const total = before.length + body.reduce((sum, it) => sum + it.length, 0) + length;
  return Buffer.concat([head(0x30, total), before, ...body, ...found]);
}

/** What stands in the response. @param names octets of the OIDs asked for, as latin1 */
function varbinds(device: Device, pdu: number, names: readonly string[], maxRepetitions: number): Buffer[] {
  const found: Buffer[] = [];
  if (pdu === get)
    for (const name of names) found.push(device.varbind(device.at(name) ?? -1) ?? absent(name, noSuchObject));
  else if (pdu === getNext || pdu === getBulk) follow(device, names, pdu === getBulk ? maxRepetitions : 1, found);
  return found;
}

/** RFC 3416, 4.2.3, for repeaters alone. */
function follow(device: Device, names: readonly string[], rounds: number, found: Buffer[]): void {
  const places = names.map((name) => device.after(name));
  const ends = names.map((name) => absent(name, endOfMibView));
  let left = largest - room;
  for (let round = 0; round < rounds; round++) {
    let ended = 0;
    for (let i = 0; i < places.length; i++) {
      const varbind = device.varbind(places[i]!) ?? ends[i]!;
      if (varbind === ends[i]) ended++;
      left -= varbind.length;
      if (left < 0) return;
      found.push(varbind);
      places[i]!++;
    }
    if (ended === places.length) return;
  }
}

function absent(name: string, value: Buffer): Buffer {
  const oid = Buffer.concat([Buffer.from([6, name.length]), Buffer.from(name, 'latin1')]);
  return Buffer.concat([Buffer.from([0x30, oid.length + value.length]), oid, value]);
}

/** By the codec of the collector’s tests, one engine an agent. */
function engineOf(device: Device, address: string): (request: Buffer) => Buffer {
  const engine = new TestEngine(userOf(authDataOf(user)));
  engine.id = Buffer.concat([Buffer.from('80001f8804', 'hex'), Buffer.from(address)]);
  return (datagram) => {
    const asked = engine.read(datagram);
    if (!asked?.message.flags.auth) return engine.discovered(datagram);
    const { pdu, oids, maxRepetitions } = asked.request;
    const names = oids.map((oid) => wire.encodeOid(oid).toString('latin1', 2));
    return engine.respond(asked, varbinds(device, pdu, names, maxRepetitions));
  };
}

async function serve({ device: kind, size, addresses, port, latencyMs, protocol }: Playing): Promise<void> {
  const device = kind === 'table' ? bigTable(size) : accessSwitch(size);
  const [from, to] = latencyMs;
  for (const [i, address] of addresses.entries()) {
    const latency = from + ((to - from) * i) / Math.max(1, addresses.length - 1);
    const reply = protocol === 'v3' ? engineOf(device, address) : (request: Buffer) => answer(device, request);
    const socket = createSocket('udp4');
    socket.on('message', (request, peer) => {
      const response = reply(request);
      if (latency === 0) socket.send(response, peer.port, peer.address);
      else setTimeout(() => socket.send(response, peer.port, peer.address), latency);
    });
    socket.bind(port, address);
    await once(socket, 'listening');
  }
}

await serve(JSON.parse(process.argv[2] ?? '') as Playing);
process.stdout.write('ready\n');
