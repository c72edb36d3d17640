/** `ksocket hostkeys` for SSH: what is known and what was refused, in the two files of the plug-in's state. */
import { failure, type Host, type HostKey, type HostKeys } from 'ksocket/plugin';
import { changeMark, fingerprint, type KnownKey, keyType, knownHostsFile } from './known-hosts.js';
import { isAbout, isAt, isHashed, type KnownHostsEntry, linesOf, placeOf, usualPlace } from './known-hosts-file.js';
import { refusedKeysFile } from './refused-keys.js';

export function hostKeys({ state, random }: Pick<Host<unknown>, 'state' | 'random'>): HostKeys {
  const read = async (name: string) => linesOf((await state.read(name)) ?? '');
  const write = (name: string, lines: readonly string[]) =>
    state.write(name, `${lines.filter((line) => line !== '').join('\n')}\n`);
  /** The agent that runs reads the file again when the mark is another one. */
  const writeKnown = async (lines: readonly string[]) => {
    await write(knownHostsFile, lines);
    await state.write(changeMark, random.bytes(8).toString('hex'));
  };

  return {
    async list() {
      const [known, refused] = await Promise.all([read(knownHostsFile), read(refusedKeysFile)]);
      return [...known.flatMap((it) => shown(it)), ...refused.flatMap((it) => shown(it, 'refused'))];
    },

    async import(text) {
      const known = await read(knownHostsFile);
      const there = new Set(known.flatMap(({ places, key }) => places.map((place) => `${place} ${key?.blob}`)));
      const added: string[] = [];
      const skipped: string[] = [];
      for (const [i, { line, places, key, marker }] of linesOf(text).entries()) {
        if (line.trim() === '' || line.trim().startsWith('#')) continue;
        const wrong = wrongWith(key, marker);
        if (key === undefined || wrong !== undefined) {
          skipped.push(`line ${i + 1}: ${wrong}`);
          continue;
        }
        for (const place of places) {
          const usual = usualPlace(place);
          if (usual === undefined)
            skipped.push(`line ${i + 1}: ${place.slice(0, 256)} is no address; the agent looks for addresses`);
          else if (!there.has(`${usual} ${key.blob}`)) {
            there.add(`${usual} ${key.blob}`);
            added.push(`${key.revoked ? '@revoked ' : ''}${usual} ${key.type} ${key.blob}`);
          }
        }
      }
      if (added.length > 0) await writeKnown([...known.map(({ line }) => line), ...added]);
      return { added: added.length, skipped };
    },

    async approve(address, port) {
      const [known, refused] = await Promise.all([read(knownHostsFile), read(refusedKeysFile)]);
      const chosen = refused.filter(({ places }) => places.some((it) => isAbout(it, address, port)));
      if (chosen.length === 0) return [];
      for (const { key } of chosen) {
        if (known.some((it) => it.key?.revoked && it.key.blob === key?.blob))
          throw failure('E_INPUT', `the key that ${address} shows is marked @revoked`);
      }
      const shownAt = chosen.map(({ places }) => placeOf(places[0] ?? ''));
      const rest = without(known, (text) => shownAt.some((place) => isAt(text, place)));
      await writeKnown([...rest, ...chosen].map(({ line }) => line));
      await write(
        refusedKeysFile,
        refused.filter((it) => !chosen.includes(it)).map(({ line }) => line),
      );
      return chosen.flatMap((it) => shown(it));
    },

    async forget(address, port) {
      const [known, refused] = await Promise.all([read(knownHostsFile), read(refusedKeysFile)]);
      const about = ({ places }: KnownHostsEntry) => places.some((it) => isAbout(it, address, port));
      const gone = [...known.filter((it) => about(it) && !it.key?.revoked), ...refused.filter(about)];
      if (gone.length === 0) return [];
      await writeKnown(without(known, (it) => isAbout(it, address, port)).map(({ line }) => line));
      await write(
        refusedKeysFile,
        refused.filter((it) => !about(it)).map(({ line }) => line),
      );
      return gone.flatMap((it) => shown(it)).filter((it) => it.address === undefined || it.address === address);
    },
  };
}

/** Lines without these places; of one that names several hosts only this one goes. What is revoked stays so. */
function without(lines: KnownHostsEntry[], isGone: (place: string) => boolean): KnownHostsEntry[] {
  return lines.flatMap((it) => {
    if (it.key === undefined || it.key.revoked) return [it];
    const left = it.places.filter((place) => !isGone(place));
    if (left.length === it.places.length) return [it];
    return left.length === 0 ? [] : [{ ...it, places: left, line: `${left.join(',')} ${it.key.type} ${it.key.blob}` }];
  });
}

function shown({ places, key }: KnownHostsEntry, state?: HostKey['state']): HostKey[] {
  if (key === undefined) return [];
  const what = { type: key.type, fingerprint: fingerprint(Buffer.from(key.blob, 'base64')) };
  return places.map((place) => {
    const { via, ...where } = isHashed(place) ? { address: undefined, port: undefined, via: [] } : placeOf(place);
    return {
      ...where,
      ...(via.length === 0 ? {} : { via }),
      ...what,
      state: state ?? (key.revoked ? 'revoked' : 'known'),
    };
  });
}

function wrongWith(key: KnownKey | undefined, marker: string | undefined): string | undefined {
  if (marker === '@cert-authority') return 'certificate authorities are not used';
  if (key === undefined) return 'is no entry of a known_hosts file';
  // The key itself begins with its type (RFC 4253, 6.6).
  const blob = Buffer.from(key.blob, 'base64');
  return keyType(blob) === key.type ? undefined : `the key is not of the type ${key.type.slice(0, 64)}`;
}
