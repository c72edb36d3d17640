/** The node status of NetBIOS (RFC 1002, 4.2.17 and 4.2.18): a host tells the names that it holds, its own among them. Pure. */

/** Offsets in a message. The answer names what was asked, so its fixed fields stand where they always stand. */
const layout = {
  flags: 2,
  questions: 4,
  answers: 6,
  name: 12,
  /** After a length of 32, the encoded name, and the end of the scope. */
  type: 46,
  dataLength: 54,
  count: 56,
  entries: 57,
} as const;
/** 15 octets of a name, its suffix, and flags. */
const entryLength = 18;
const nodeStatus = 0x21;
const internet = 1;
/** The name `*` and 15 NULs, each nibble as a letter from A on (RFC 1001, 14.1). */
const anyName = Buffer.from(` CK${'A'.repeat(30)}\0`, 'latin1');

const response = 0x8000;
/** Opcode and result code: a query that went well. */
const opcodeAndResult = 0x780f;
const flags = { group: 0x8000, deregistering: 0x1000, conflict: 0x0800 } as const;
/** A workstation by its own name, and with the group flag the workgroup or domain that it is in. */
const workstation = 0x00;

export interface NodeStatus {
  readonly name?: string | undefined;
  readonly workgroup?: string | undefined;
}

export function nodeStatusRequest(id: number): Buffer {
  const message = Buffer.alloc(layout.type + 4);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(1, layout.questions);
  anyName.copy(message, layout.name);
  message.writeUInt16BE(nodeStatus, layout.type);
  message.writeUInt16BE(internet, layout.type + 2);
  return message;
}

/** What the host calls itself; undefined when this is no answer to the request with this id. Never throws. */
export function readNodeStatus(message: Buffer, id: number): NodeStatus | undefined {
  if (message.length < layout.entries || !answers(message, id)) return undefined;
  const count = message[layout.count] ?? 0;
  const end = layout.entries + count * entryLength;
  if (end > message.length || end > layout.count + message.readUInt16BE(layout.dataLength)) return undefined;
  let name: string | undefined;
  let workgroup: string | undefined;
  for (let at = layout.entries; at < end; at += entryLength) {
    const state = message.readUInt16BE(at + 16);
    if (message[at + 15] !== workstation || state & (flags.conflict | flags.deregistering)) continue;
    const text = textOf(message.subarray(at, at + 15));
    if (state & flags.group) workgroup ??= text;
    // Microsoft's web server holds a second one of this kind.
    else if (!text?.startsWith('IS~')) name ??= text;
  }
  return { name, workgroup };
}

function answers(message: Buffer, id: number): boolean {
  const word = message.readUInt16BE(layout.flags);
  return (
    message.readUInt16BE(0) === id &&
    (word & response) !== 0 &&
    (word & opcodeAndResult) === 0 &&
    message.readUInt16BE(layout.questions) === 0 &&
    message.readUInt16BE(layout.answers) === 1 &&
    message.subarray(layout.name, layout.type).equals(anyName) &&
    message.readUInt16BE(layout.type) === nodeStatus &&
    message.readUInt16BE(layout.type + 2) === internet
  );
}

/** Padded with spaces. Beyond ASCII it is in the code page of the host, which nobody tells. */
function textOf(octets: Buffer): string | undefined {
  const text = octets.toString('latin1').replace(/[ \0]+$/, '');
  return /^[!-~]+$/.test(text) ? text : undefined;
}
