import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeStatusRequest, readNodeStatus } from './netbios.js';

const id = 77;
/** What Samba 4.17 answered to a request with the id 77: FILESERVER <00> <03> <20>, OFFICE <00> <1e> as groups. */
function recorded(...names: readonly [string, number, number][]): Buffer {
  const head = Buffer.from(`004d8400000000010000000020434b${'41'.repeat(30)}000021000100000000`, 'hex');
  const entries = names.map(([name, suffix, flags]) =>
    Buffer.concat([Buffer.from(name.padEnd(15), 'latin1'), Buffer.from([suffix, flags >> 8, flags & 255])]),
  );
  const statistics = Buffer.alloc(46);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(1 + entries.length * 18 + statistics.length);
  return Buffer.concat([head, length, Buffer.from([entries.length]), ...entries, statistics]);
}
const samba = recorded(
  ['FILESERVER', 0x00, 0x0400],
  ['FILESERVER', 0x03, 0x0400],
  ['FILESERVER', 0x20, 0x0400],
  ['OFFICE', 0x00, 0x8400],
  ['OFFICE', 0x1e, 0x8400],
);

test('the request asks for the node status of *', () => {
  assert.equal(nodeStatusRequest(id).toString('hex'), `004d0000000100000000000020434b${'41'.repeat(30)}0000210001`);
});

test('the unique name of the workstation is the host’s, the group of that kind its workgroup', () => {
  assert.deepEqual(readNodeStatus(samba, id), { name: 'FILESERVER', workgroup: 'OFFICE' });
});

test('what is in conflict, or of the web server, is no name of the host', () => {
  const answer = recorded(['TWICE', 0x00, 0x0c00], ['IS~WEB', 0x00, 0x0400], ['WEB', 0x00, 0x0400]);
  assert.equal(readNodeStatus(answer, id)?.name, 'WEB');
});

test('control characters and foreign code pages make no name', () => {
  for (const name of ['A\nB', '\x1b[2J', 'B\xdcRO', '', 'A B'])
    assert.deepEqual(readNodeStatus(recorded([name, 0, 0x0400]), id), { name: undefined, workgroup: undefined });
});

test('an answer with another id, to another question, or a failure is none', () => {
  const changed = (at: number, value: number) => {
    const message = Buffer.from(samba);
    message[at] = value;
    return message;
  };
  assert.equal(readNodeStatus(samba, 78), undefined);
  assert.equal(readNodeStatus(nodeStatusRequest(id), id), undefined);
  for (const [at, value] of [
    [2, 0x04], // a query
    [3, 0x03], // a failure
    [2, 0xac], // an answer to a registration
    [7, 0x02], // two answers
    [5, 0x01], // with a question
    [14, 0x42], // another name
    [47, 0x20], // a name, not a status
    [49, 0x02], // another class
  ] as const)
    assert.equal(readNodeStatus(changed(at, value), id), undefined, `octet ${at}`);
});

test('an answer that is cut anywhere, or that promises more than it has, never throws', () => {
  for (let length = 0; length < samba.length - 46; length++)
    assert.equal(readNodeStatus(samba.subarray(0, length), id), undefined, `${length} octets`);
  const liar = Buffer.from(samba);
  liar[56] = 255;
  assert.equal(readNodeStatus(liar, id), undefined);
  assert.equal(readNodeStatus(Buffer.alloc(65_507, 0xff), id), undefined);
});
