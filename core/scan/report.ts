/** What a scan says, on its way to the space: sightings as far as they are admitted, nodes, findings, and notes for the summary. */
import { type Address, asFailure, type Clock, type Logger, type Sighting } from '../contract/index.js';
import { cleanText } from '../inventory/index.js';
import type { Outcome, ScanRecord, ScanRecordOf } from '../wire/index.js';
import type { Admission, Admitted } from './admission.js';
import type { Channel } from './channel.js';
import { nodeRecord, sectionRecords, sightingRecord } from './records.js';

/** Sections that one sighting may bring: more than there are, with room for in-house ones. */
const maxSightingSections = 100;
/** As many notes as a summary may have. */
const maxNotes = 1000;

/** Who speaks of a sighting. */
export interface Origin {
  readonly source: string;
  readonly collector: string;
}

export class Report {
  readonly #notes = new Set<string>();

  constructor(
    private readonly parts: { readonly clock: Clock; readonly log: Logger },
    private readonly out: Channel<ScanRecord>,
    private readonly admission: Admission,
  ) {}

  /**
   * What of a sighting is admitted, reported at once; undefined when nothing is. A sighting or section that is not what it
   * should be is a note. `asked`: see Admission.
   */
  async sighting(sighting: Sighting, origin: Origin, asked?: Map<Address, unknown>): Promise<Admitted | undefined> {
    const { source, collector } = origin;
    const at = this.#now();
    try {
      const admitted = this.admission.ofSighting(sighting, asked);
      if (admitted === undefined) return undefined;
      const { node } = admitted;
      await this.out.push(sightingRecord(sighting, { ...admitted, source, at }));
      for (const section of (sighting.sections ?? []).slice(0, maxSightingSections)) {
        try {
          for (const record of sectionRecords(section, { node, collector, at, durationMs: 0 }))
            await this.out.push(record);
        } catch (error) {
          this.#complain(`a section by ${source} is left out`, error);
        }
      }
      return admitted;
    } catch (error) {
      this.#complain(`a sighting by ${source} is left out`, error);
      return undefined;
    }
  }

  async node(node: string, outcomes: readonly Outcome[]): Promise<void> {
    await this.out.push(nodeRecord(node, outcomes, this.#now()));
  }

  /** Something that the operator should look at. */
  async finding(kind: string, text: string): Promise<void> {
    this.note(text);
    this.parts.log.error(text);
    await this.out.push({ type: 'finding', kind, text: cleanText(text).slice(0, 1024) });
  }

  note(text: string): void {
    if (this.#notes.size < maxNotes) this.#notes.add(cleanText(text).slice(0, 1024));
  }

  async summary(counts: ScanRecordOf<'summary'>['counts']): Promise<void> {
    for (const note of this.admission.notes()) this.note(note);
    await this.out.push({ type: 'summary', counts: { ...counts }, notes: [...this.#notes] });
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
