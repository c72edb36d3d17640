/** What the agent, without any rights, leaves for root: a request, its word on a trial; and for people: what the space offers. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../runtime/index.js';
import { type UpdateInput, updateInput, versionText } from '../wire/index.js';
import { readHostileJson } from './hostile-file.js';
import type { Place } from './place.js';

const id = z.string().regex(/^[0-9a-f-]{1,64}$/);

/** A downloaded bundle (`incoming.update`) waits to be installed. */
const requestSchema = z.strictObject({ id, version: versionText });
export type Request = z.infer<typeof requestSchema>;

/** How the version on trial fares. */
const markSchema = z.strictObject({
  /** Of the trial. */
  id,
  result: z.enum(['ready', 'failed']),
  /** Whoever reads it may sit at a terminal. */
  reason: z
    .string()
    .max(1024)
    .transform((text) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')),
});
export type Mark = z.infer<typeof markSchema>;

export const readRequest = ({ requestFile }: Place) => readHostileJson(requestFile, requestSchema);
export const readMark = ({ markFile }: Place) => readHostileJson(markFile, markSchema);
export const readOffer = ({ offerFile }: Place) => readHostileJson(offerFile, updateInput);

export const writeRequest = ({ requestFile }: Place, request: Request) => write(requestFile, request);
export const writeMark = ({ markFile }: Place, mark: Mark) => write(markFile, mark);
export const writeOffer = ({ offerFile }: Place, offer: UpdateInput) => write(offerFile, offer);

/** The agent clears away what is done with; root writes nothing here. */
export async function forgetRequest({ requestFile, incoming }: Place): Promise<void> {
  await rm(requestFile, { force: true });
  await rm(incoming, { force: true });
}

export const forgetOffer = ({ offerFile }: Place): Promise<void> => rm(offerFile, { force: true });

async function write(path: string, value: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  await writeAtomic(path, `${JSON.stringify(value)}\n`, 0o640);
}
