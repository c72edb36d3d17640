/** `ksocket hostkeys` for SSH: what is known and what was refused, in the two files of the plug-in's state. */
import { failure, type HostKey, type HostKeys, type PluginState } from 'ksocket/plugin';
import { fingerprint, type KnownKey, keyType, knownHostsFile } from './known-hosts.js';
import { isAbout, isAt, isHashed, type KnownHostsEntry, linesOf, placeOf, usualPlace } from './known-hosts-file.js';
import { refusedKeysFile } from './refused-keys.js';

/** What is read is changed in the same step: the agent and other commands write these files meanwhile. */
export function hostKeys({ state }: { readonly state: PluginState }): HostKeys {
  const read = async (name: string) => linesOf((await state.read(name)) ?? '');
  const update = (name: string, change: (lines: KnownHostsEntry[]) => readonly string[] | undefined) =>
    state.update(name, (text = '') => {
      const lines = change(linesOf(text));
      return lines && `${lines.filter((line) => line !== '').join('\n')}\n`;
    });

  return {
    async list() {
      const [known, refused] = await Promise.all([read(knownHostsFile), read(refusedKeysFile)]);
      return [...known.flatMap((it) => shown(it)), ...refused.flatMap((it) => shown(it, 'refused'))];
    },

    async import(text) {
      const { entries, skipped } = usableOf(text);
      let added: string[] = [];
      await update(knownHostsFile, (known) => {
        const there = new Set(known.flatMap(({ places, key }) => places.map((place) => lineOf(place, key))));
        added = [...new Set(entries)].filter((line) => !there.has(line));
        return added.length === 0 ? undefined : [...known.map(({ line }) => line), ...added];
      });
      return { added: added.length, skipped };
    },

    async approve(address, port) {
      const chosen = (await read(refusedKeysFile)).filter(({ places }) =>
        places.some((it) => isAbout(it, address, port)),
      );
      if (chosen.length === 0) return [];
      const shownAt = chosen.map(({ places }) => placeOf(places[0] ?? ''));
      await update(knownHostsFile, (known) => {
        for (const { key } of chosen) {
          if (known.some((it) => it.key?.revoked && it.key.blob === key?.blob))
            throw failure('E_INPUT', `the key that ${address} shows is marked @revoked`);
        }
        const rest = without(known, (text) => shownAt.some((place) => isAt(text, place)));
        return [...rest, ...chosen].map(({ line }) => line);
      });
      const approved = new Set(chosen.map(({ line }) => line));
      await update(refusedKeysFile, (refused) =>
        refused.filter(({ line }) => !approved.has(line)).map(({ line }) => line),
      );
      return chosen.flatMap((it) => shown(it));
    },

    async forget(address, port) {
      const about = ({ places }: KnownHostsEntry) => places.some((it) => isAbout(it, address, port));
      let gone: KnownHostsEntry[] = [];
      await update(knownHostsFile, (known) => {
        gone = known.filter((it) => about(it) && !it.key?.revoked);
        if (gone.length === 0) return undefined;
        return without(known, (it) => isAbout(it, address, port)).map(({ line }) => line);
      });
      await update(refusedKeysFile, (refused) => {
        const forgotten = refused.filter(about);
        if (forgotten.length === 0) return undefined;
        gone = [...gone, ...forgotten];
        return refused.filter((it) => !about(it)).map(({ line }) => line);
      });
      return gone.flatMap((it) => shown(it)).filter((it) => it.address === undefined || it.address === address);
    },
  };
}

/** The lines of an operator’s file as they are kept, one for each place, and what was left out with the reason. */
function usableOf(text: string): { entries: string[]; skipped: string[] } {
  const entries: string[] = [];
  const skipped: string[] = [];
  for (const [i, { line, places, key, marker }] of linesOf(text).entries()) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const wrong = wrongWith(key, marker);
    if (key === undefined || wrong !== undefined) {
      skipped.push(`line ${i + 1}: ${wrong}`);
      continue;
    }
    for (const place of places) {
      const usual = usualPlace(place) ?? (key.revoked ? everyPlace : undefined);
      if (usual === undefined)
        skipped.push(`line ${i + 1}: ${place.slice(0, 256)} is no address; the agent looks for addresses`);
      else entries.push(lineOf(usual, key));
    }
  }
  return { entries, skipped };
}

/** sshd(8): a pattern that every name matches. A key that is revoked for a name is written so (`countsEverywhere`). */
const everyPlace = '*';

const lineOf = (place: string, key: KnownKey | undefined): string =>
  `${key?.revoked ? '@revoked ' : ''}${place} ${key?.type} ${key?.blob}`;

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
    const { via, ...where } = whereIs(place);
    return {
      ...where,
      ...(via.length === 0 ? {} : { via }),
      ...what,
      state: state ?? (key.revoked ? 'revoked' : 'known'),
    };
  });
}

function whereIs(place: string): Pick<HostKey, 'address' | 'port'> & { readonly via: readonly string[] } {
  if (isHashed(place)) return { address: undefined, port: undefined, via: [] };
  return place === everyPlace ? { address: everyPlace, port: undefined, via: [] } : placeOf(place);
}

function wrongWith(key: KnownKey | undefined, marker: string | undefined): string | undefined {
  if (marker === '@cert-authority') return 'certificate authorities are not used';
  if (key === undefined) return 'is no entry of a known_hosts file';
  // The key itself begins with its type (RFC 4253, 6.6).
  const blob = Buffer.from(key.blob, 'base64');
  return keyType(blob) === key.type ? undefined : `the key is not of the type ${key.type.slice(0, 64)}`;
}
