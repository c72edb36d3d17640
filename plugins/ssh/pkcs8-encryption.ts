/**
 * What it costs to open an encrypted PKCS#8 key (RFC 5958, 3): the numbers stand in its first bytes, unauthenticated, and node:crypto
 * does whatever they say, in one piece.
 */

/** DER (X.690): a tag, a definite length, the content. Nothing else is in a key file. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const [integer, octetString, objectIdentifier, sequence] = [0x02, 0x04, 0x06, 0x30];
/** More than any of these structures has. */
const mostElements = 8;

const [pbes2, pbkdf2, scrypt] = ['2a864886f70d01050d', '2a864886f70d01050c', '2b06010401da47040b'];
/** PBES1 (RFC 8018, A.3) and that of PKCS#12 (RFC 7292, C): a salt and iterations. */
const older = ['2a864886f70d0105', '2a864886f70d010c01'];

/** A million a second, roughly; OpenSSL makes 2048, and OWASP asks for a million at most. */
export const mostIterations = 5_000_000;
/** N·r·p of RFC 7914, of which OpenSSL bounds the memory only: some seconds. Its own default is 2^17. */
const mostScryptWork = 2 ** 22;

/** Does opening it take a bearable time? Undefined where it is encrypted in a way that is not known here. */
export function isBearable(encryptedKey: Buffer): boolean | undefined {
  const [outer, ...behind] = elementsIn(encryptedKey) ?? [];
  if (outer?.tag !== sequence || behind.length > 0) return undefined;
  const [algorithm, data] = elementsIn(outer.content) ?? [];
  if (data?.tag !== octetString) return undefined;
  const [name, parameters] = algorithmOf(algorithm);
  if (name !== pbes2) return older.some((it) => name?.startsWith(it)) ? isFew(parameters?.[1]) : undefined;
  const [derivation, numbers] = algorithmOf(parameters?.[0]);
  if (derivation === pbkdf2) return isFew(numbers?.[1]);
  if (derivation !== scrypt) return undefined;
  const [n, r, p] = [1, 2, 3].map((at) => numberOf(numbers?.[at]));
  return n === undefined || r === undefined || p === undefined ? undefined : n * r * p <= mostScryptWork;
}

function isFew(iterations: Element | undefined): boolean | undefined {
  const count = numberOf(iterations);
  return count === undefined ? undefined : count <= mostIterations;
}

/** AlgorithmIdentifier: its name as hexadecimal digits, and what its parameters hold. */
function algorithmOf(element: Element | undefined): [name?: string, parameters?: Element[] | undefined] {
  if (element?.tag !== sequence) return [];
  const [name, parameters] = elementsIn(element.content) ?? [];
  if (name?.tag !== objectIdentifier || parameters?.tag !== sequence) return [];
  return [name.content.toString('hex'), elementsIn(parameters.content)];
}

function numberOf(element: Element | undefined): number | undefined {
  if (element?.tag !== integer || element.content.length === 0 || element.content[0]! > 0x7f) return undefined;
  return element.content.length > 6 ? Number.POSITIVE_INFINITY : element.content.readUIntBE(0, element.content.length);
}

/** Undefined where the bytes are no such elements, to the last one. */
function elementsIn(bytes: Buffer): Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (found.length === mostElements || bytes.length < at + 2) return undefined;
    const [tag, first] = [bytes[at]!, bytes[at + 1]!];
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    const start = at + 2 + lengthBytes;
    // Zero bytes of length would be the indefinite form; four of them are more than any file.
    if (first === 0x80 || lengthBytes > 4 || bytes.length < start) return undefined;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    if (bytes.length < start + length) return undefined;
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
