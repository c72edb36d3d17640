/**
 * What a scan says, on its way to the space and into the trail: sightings as far as they are admitted, nodes, findings, and notes
 * for the summary. Silence and exclusions go into the trail only.
 */
import { type Address, asFailure, type Clock, type Finding, type Logger, type Sighting } from '../contract/index.js';
import { cleanText } from '../inventory/index.js';
import type { Outcome, ScanRecord, ScanRecordOf } from '../wire/index.js';
import type { Admission, Admitted } from './admission.js';
import type { Channel } from './channel.js';
import { evidenceOf, nodeRecord, sectionRecords, sightingRecord } from './records.js';
import type { ScanState } from './state.js';
import type { Trail } from './trail.js';

/** Sections that one sighting may bring: more than there are, with room for in-house ones. */
const maxSightingSections = 100;
/** As many notes as a summary may have. */
const maxNotes = 1000;
/** Findings of one kind in one scan: a network can have more doubles, or new hosts, than anybody reads; one kind must not hide another. */
const maxFindings = 1000;

/** More kinds than all plug-ins together have. */
const maxKinds = 100;

/** Who speaks of a sighting. */
export interface Origin {
  readonly source: string;
  readonly collector: string;
  /** Whose turn it is: the address of the host that tells of others; none in steps 1 to 3. */
  readonly by?: Address | undefined;
}

export class Report {
  readonly #notes = new Set<string>();
  /** Nodes of which a part is in the channel and a part is not. */
  readonly #speaking = new Set<string>();
  readonly #findings = new Set<string>();
  readonly #findingsOfKind = new Map<string, number>();

  constructor(
    private readonly parts: { readonly clock: Clock; readonly log: Logger },
    private readonly out: Pick<Channel<ScanRecord>, 'push'>,
    private readonly admission: Admission,
    private readonly trail: Trail,
  ) {}

  /**
   * What of a sighting is admitted, reported at once; undefined when nothing is. A sighting or section that is not what it
   * should be is a note. `expects`: see Admission.
   */
  async sighting(
    sighting: Sighting,
    origin: Origin,
    expects?: (address: Address) => boolean,
  ): Promise<Admitted | undefined> {
    const { source, collector, by = 'scan' } = origin;
    const at = this.#now();
    try {
      const admitted = this.admission.ofSighting(sighting, source, by, expects);
      if (admitted === undefined) return undefined;
      const { node } = admitted;
      this.#speaking.add(node);
      try {
        const record = sightingRecord(sighting, { ...admitted, source, at });
        const { type: _, ...seen } = record;
        this.trail.say({ is: 'seen', ...seen });
        await this.out.push(record);
        for (const section of (sighting.sections ?? []).slice(0, maxSightingSections)) {
          try {
            for (const { record } of sectionRecords(section, { node, collector, at, durationMs: 0 }))
              await this.section(record);
          } catch (error) {
            this.#complain(`a section by ${source} is left out`, error);
          }
        }
      } finally {
        this.#speaking.delete(node);
      }
      return admitted;
    } catch (error) {
      this.#complain(`a sighting by ${source} is left out`, error);
      return undefined;
    }
  }

  /** Nobody was seen there: no record, but the trail says what was tried. */
  silence(sighting: Sighting, source: string): void {
    const [node] = sighting.addresses;
    if (node === undefined || this.trail.name === undefined) return;
    const alive = sighting.alive === 'no' ? 'no' : 'unknown';
    this.trail.say({ is: 'seen', node, addresses: [node], alive, evidence: evidenceOf(sighting.evidence), source });
  }

  async section(record: ScanRecordOf<'section'>): Promise<void> {
    const { node, name, state, provenance, missing } = record;
    this.trail.say({ is: 'section', node, name, state, provenance, ...(missing ? { missing } : {}) });
    await this.out.push(record);
  }

  async node(node: string, outcomes: readonly Outcome[]): Promise<void> {
    const record = nodeRecord(node, outcomes, this.#now());
    const { type: _, ...rest } = record;
    this.trail.say({ is: 'node', ...rest });
    await this.out.push(record);
  }

  /** Takes back what an earlier run said of this node: the sections of these collectors, or all of them, or the node as a whole. */
  async again(node: string, what: { collectors?: string[]; whole?: boolean } = {}): Promise<void> {
    this.trail.say({ is: 'again', node });
    await this.out.push({ type: 'again', node, ...what });
  }

  /** Something that the operator should look at, as the core itself or a scan mode found it. */
  async finding({ finding, text, address }: Finding): Promise<void> {
    const key = JSON.stringify([finding, text, address]).slice(0, 2048);
    if (this.#findings.has(key)) return;
    const kind = cleanText(String(finding)).slice(0, 64);
    const ofKind = this.#findingsOfKind.get(kind) ?? 0;
    if (ofKind >= maxFindings || this.#findingsOfKind.size > maxKinds)
      return this.note(`more than ${maxFindings} findings ${kind}; the others are left out`);
    this.#findings.add(key);
    this.#findingsOfKind.set(kind, ofKind + 1);
    const record = {
      kind,
      text: cleanText(String(text)).slice(0, 1024),
      ...(typeof address === 'string' ? { node: cleanText(address).slice(0, 256) } : {}),
    };
    this.parts.log.warn(record.text);
    this.trail.say({ is: 'finding', ...record });
    await this.out.push({ type: 'finding', ...record });
  }

  note(text: string): void {
    if (this.#notes.size < maxNotes) this.#notes.add(cleanText(text).slice(0, 1024));
  }

  async summary(counts: ScanRecordOf<'summary'>['counts']): Promise<void> {
    for (const note of this.admission.notes()) this.note(note);
    const record = { counts: { ...counts }, notes: [...this.#notes] };
    this.trail.say({ is: 'end', at: this.#now(), ...record });
    await this.out.push({ type: 'summary', ...record });
  }

  get speaking(): string[] {
    return [...this.#speaking];
  }

  toState(): Pick<ScanState, 'notes' | 'findings'> {
    return { notes: [...this.#notes], findings: [...this.#findings] };
  }

  restore({ notes, findings }: ReturnType<Report['toState']>): void {
    for (const it of notes) this.note(it);
    for (const it of findings) {
      const kind = kindOf(it);
      this.#findings.add(it);
      this.#findingsOfKind.set(kind, (this.#findingsOfKind.get(kind) ?? 0) + 1);
    }
  }

  #complain(what: string, error: unknown): void {
    const fault = asFailure(error, what);
    this.note(`${what}: ${fault.message}`);
    this.parts.log.warn(`${what}: ${fault.message}`, fault.cause === undefined ? {} : { cause: String(fault.cause) });
  }

  #now(): string {
    return new Date(this.parts.clock.now()).toISOString();
  }
}

/** A state on disk may be damaged, and a long finding is cut: then it is the first word that stands there. */
const kindOf = (key: string): string => /^\["([^"\\]{0,64})/.exec(key)?.[1] ?? '';
