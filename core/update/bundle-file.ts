/** A bundle as a file: opened and judged piece by piece, never as a whole in memory; and written, for whoever signs one. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure } from '../contract/index.js';
import {
  type Head,
  type Manifest,
  manifestSchema,
  maxBundleBytes,
  maxHeadBytes,
  parseHead,
  type Signature,
  signManifest,
  writeHead,
} from './bundle.js';
import { openHostile, readAt } from './hostile-file.js';
import type { PrivateKey } from './keys.js';

const chunkBytes = 256 * 1024;

export interface OpenBundle {
  readonly head: Head;
  /** Reads the payload from its start; several can follow each other. */
  payload(): Readable;
  /** @throws Failure E_UPDATE when the payload is not the one of the manifest */
  verifyPayload(): Promise<void>;
  close(): Promise<void>;
}

/** @throws Failure E_UPDATE when it is no bundle, or longer or shorter than its manifest says; E_INPUT when there is none */
export async function openBundle(path: string): Promise<OpenBundle> {
  const opened = await openHostile(path, maxBundleBytes);
  if (opened === undefined) throw failure('E_INPUT', `${path} does not exist`);
  const { file, size } = opened;
  try {
    const head = parseHead(await readAt(file, Math.min(size, maxHeadBytes)));
    const { payloadAt, manifest } = head;
    if (size !== payloadAt + manifest.size)
      throw failure('E_UPDATE', `${path} has ${size} bytes; its manifest says ${payloadAt + manifest.size}`, {
        remedy: 'fetch it again from where you got it',
      });
    const payload = () => Readable.from(chunks(file, payloadAt, manifest.size), { objectMode: false });
    return {
      head,
      payload,
      async verifyPayload() {
        const hash = createHash('sha256');
        await pipeline(payload(), hash);
        if (hash.digest('hex') !== manifest.sha256)
          throw failure('E_UPDATE', `${path}: the payload is not the one that was signed`, {
            remedy: 'fetch it again from where you got it',
          });
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* chunks(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.alloc(Math.min(chunkBytes, length - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start + done);
    if (bytesRead === 0) throw failure('E_UPDATE', 'the bundle became shorter while it was read');
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Takes a file of anybody's into a place of one's own, where nobody changes it while it is judged.
 * @throws Failure E_UPDATE, E_INPUT
 */
export async function takeCopy(source: string, target: string): Promise<void> {
  const opened = await openHostile(source, maxBundleBytes);
  if (opened === undefined) throw failure('E_INPUT', `${source} does not exist`);
  const { file, size } = opened;
  try {
    await rm(target, { force: true });
    const copy = await open(target, 'wx', 0o600);
    try {
      for await (const chunk of chunks(file, 0, size)) await copy.writeFile(chunk);
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await file.close();
  }
}

/** SHA-256 and size of a whole file: what a space says of a bundle when it offers it. */
export async function digestOf(path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { sha256: hash.digest('hex'), size: (await stat(path)).size };
}

export type Release = Pick<Manifest, 'version' | 'platform' | 'releasedAt' | 'expires' | 'minVersion'>;

/**
 * Makes a bundle of the tar.gz of one slot.
 * @param keys none leaves it unsigned, for signatures that others add (`addSignatures`)
 * @throws Failure E_INPUT when the release does not make a manifest
 */
export async function writeBundle(
  payload: string,
  release: Release,
  keys: readonly PrivateKey[],
  output: string,
): Promise<Manifest> {
  const result = manifestSchema.safeParse({ format: 1, ...release, ...(await digestOf(payload)) });
  if (!result.success) {
    const issue = result.error.issues[0];
    throw failure('E_INPUT', `the manifest: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const manifestBytes = Buffer.from(JSON.stringify(result.data));
  await write(
    output,
    manifestBytes,
    keys.map((key) => signManifest(manifestBytes, key)),
    createReadStream(payload),
  );
  return result.data;
}

/** Signs a bundle again with more keys; a key that signed it before takes the place of its older signature. */
export async function addSignatures(bundle: string, keys: readonly PrivateKey[], output: string): Promise<Manifest> {
  const opened = await openBundle(bundle);
  try {
    await opened.verifyPayload();
    const { manifestBytes, signatures, manifest } = opened.head;
    const more = keys.map((key) => signManifest(manifestBytes, key));
    const kept = signatures.filter(({ key }) => !more.some((it) => it.key === key));
    await write(output, manifestBytes, [...kept, ...more], opened.payload());
    return manifest;
  } finally {
    await opened.close();
  }
}

/** The draft has the final name only when it is whole; output may be the input. */
async function write(
  output: string,
  manifestBytes: Buffer,
  signatures: readonly Signature[],
  payload: Readable,
): Promise<void> {
  const draft = `${output}.${process.pid}.new`;
  const parts = async function* () {
    yield writeHead(manifestBytes, signatures);
    yield* payload as AsyncIterable<Buffer>;
  };
  try {
    await pipeline(parts, createWriteStream(draft, { mode: 0o644, flush: true }));
    await rename(draft, output);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
