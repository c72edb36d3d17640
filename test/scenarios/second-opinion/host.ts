/** A host that is asked twice: what Ksocket says of it, and what its own tools say. */
import type { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { SectionData, SectionName } from '../../../core/contract/index.js';

export type Sections = { readonly [N in SectionName]?: SectionData[N] };

/** Spawns on the host, by whatever way in. */
export type Run = (argv: readonly string[]) => ReturnType<typeof spawn>;

export class Host {
  readonly sections: Sections;
  readonly #run: Run;
  #facts: Promise<Facts> | undefined;

  constructor(sections: Sections, run: Run) {
    this.sections = sections;
    this.#run = run;
  }

  /** What the tool prints; an exit status other than 0 is an error that quotes it. */
  ask(...argv: string[]): Promise<string> {
    return output(this.#run(['env', 'LC_ALL=C.UTF-8', ...argv]), argv.join(' '));
  }

  async json<T>(...argv: string[]): Promise<T> {
    const said = await this.ask(...argv);
    return JSON.parse(said === '' ? '[]' : said) as T;
  }

  async lines(...argv: string[]): Promise<string[]> {
    return (await this.ask(...argv)).split('\n').filter((it) => it !== '');
  }

  /** `ansible_facts` of the module `setup`, once. */
  facts(): Promise<Facts> {
    this.#facts ??= this.module<Facts>('setup');
    return this.#facts;
  }

  /** `ansible_facts` of a module, on the host itself. */
  async module<T>(name: string): Promise<T> {
    const said = await this.ask('env', 'HOME=/root', 'ANSIBLE_NOCOLOR=1', 'ansible', 'localhost', '-m', name);
    // `localhost | SUCCESS => {…}`, after warnings.
    const { ansible_facts } = JSON.parse(said.slice(said.indexOf('=> {') + '=> '.length)) as { ansible_facts: T };
    return ansible_facts;
  }
}

export async function output(child: ReturnType<typeof spawn>, what: string): Promise<string> {
  const [said, complaint, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (status !== 0) throw new Error(`${what}: ${status}: ${complaint.trim()}`);
  return said;
}

/** As far as they are compared. */
export interface Facts {
  readonly ansible_nodename: string;
  readonly ansible_kernel: string;
  readonly ansible_kernel_version: string;
  readonly ansible_machine: string;
  readonly ansible_distribution: string;
  readonly ansible_distribution_version: string;
  readonly ansible_machine_id: string;
  readonly ansible_uptime_seconds: number;
  readonly ansible_date_time: { readonly epoch: string };
  readonly ansible_memtotal_mb: number;
  readonly ansible_swaptotal_mb: number;
  readonly ansible_processor_count: number;
  readonly ansible_processor_cores: number;
  readonly ansible_processor_vcpus: number;
  readonly ansible_virtualization_type: string;
  readonly ansible_dns: { readonly nameservers?: readonly string[] };
  readonly ansible_default_ipv4: { readonly gateway?: string; readonly interface?: string };
  readonly ansible_default_ipv6: { readonly gateway?: string; readonly interface?: string };
  readonly ansible_all_ipv4_addresses: readonly string[];
  readonly ansible_all_ipv6_addresses: readonly string[];
  readonly ansible_mounts: readonly { readonly mount: string; readonly fstype: string; readonly size_total?: number }[];
  readonly ansible_devices: Readonly<Record<string, { readonly sectors: string; readonly virtual: number }>>;
  readonly ansible_ssh_host_key_ed25519_public?: string;
}
