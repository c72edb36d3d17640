/** Bytes to frames and back: JSON text, one frame a message. Pure. */
import { failure } from '../contract/failure.js';
import { type Frame, type FrameType, frames } from './frames.js';
import { maxFrameBytes } from './ids.js';

/** @throws Failure E_LIMIT when the frame is larger than the protocol allows. */
export function encodeFrame(frame: Frame): string {
  const text = JSON.stringify(frame);
  if (Buffer.byteLength(text) > maxFrameBytes) throw failure('E_LIMIT', `encode frame ${frame.type}`);
  return text;
}

/** A record whose body is JSON text already, as it stands in the journal and in the digest. @throws Failure E_LIMIT */
export function encodeRecord({ opId, run, rec }: { opId: string; run: number; rec: number }, bodyJson: string): string {
  const text = `{"type":"record","opId":"${opId}","run":${run},"rec":${rec},"body":${bodyJson}}`;
  if (Buffer.byteLength(text) > maxFrameBytes) throw failure('E_LIMIT', 'encode frame record');
  return text;
}

/** @throws Failure E_PROTOCOL naming the frame and the first field that is wrong; E_LIMIT when it is too large. */
export function decodeFrame(text: string): Frame {
  if (text.length > maxFrameBytes) throw failure('E_LIMIT', 'decode frame');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw failure('E_PROTOCOL', 'frame that is no JSON', { cause: error });
  }
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== 'string' || !Object.hasOwn(frames, type)) {
    throw failure('E_PROTOCOL', `frame of unknown type ${JSON.stringify(type)?.slice(0, 64)}`);
  }
  const result = frames[type as FrameType].safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw failure('E_PROTOCOL', `frame ${type}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  return { type, ...result.data } as Frame;
}
