/** Processors from /proc/cpuinfo, whose fields differ by architecture, and from lscpu, where it is installed (lscpu(1), -p). */
import type { SectionData } from 'ksocket/plugin';
import { given, keyValues, linesOf, present, wholeNumber } from './text.js';

export type Cpu = NonNullable<SectionData['hardware']['cpu']>;

/** One block of /proc/cpuinfo, `key : value`. */
type Processor = ReadonlyMap<string, string>;

/** Where the model is written: x86, ARM boards, POWER, MIPS, RISC-V, in that order. */
const modelKeys = ['model name', 'Processor', 'cpu', 'cpu model', 'uarch', 'system type', 'Hardware'];

export interface CpuTexts {
  readonly cpuinfo: string;
  /** `lscpu -p=CPU,CORE,SOCKET`. */
  readonly topology: string | undefined;
  /** Some lines of `lscpu`, for the model name of ARM processors. */
  readonly lscpu: string | undefined;
}

export function cpu(texts: CpuTexts): Cpu | undefined {
  const processors = blocks(texts.cpuinfo);
  const model = given(keyValues(texts.lscpu ?? '').get('Model name')) ?? modelOf(processors, texts.cpuinfo);
  const known = model === '-' ? undefined : model;
  const counts = topology(texts.topology ?? '') ?? counted(processors);
  const clockMHz = clockOf(known, texts.cpuinfo, processors);
  if (counts === undefined) return known === undefined ? undefined : { packages: [{ model: known }] };
  const { threads, coresOf } = counts;
  const cores = coresOf?.reduce((sum, n) => sum + n, 0);
  return {
    ...present({ sockets: coresOf?.length, cores, threads }),
    packages: (coresOf ?? [undefined]).map((n) => ({ ...present({ model: known, clockMHz, cores: n }) })),
  };
}

function blocks(cpuinfo: string): Processor[] {
  const processors: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  for (const line of linesOf(cpuinfo)) {
    const at = line.indexOf(':');
    if (at < 0) {
      if (line.trim() === '') current = undefined;
      continue;
    }
    const key = line.slice(0, at).trim();
    // `processor` begins a block; on old ARM kernels "Processor" with a capital is the model.
    if (key === 'processor') {
      current = new Map();
      processors.push(current);
    }
    current?.set(key, line.slice(at + 1).trim());
  }
  return processors;
}

function modelOf(processors: readonly Processor[], cpuinfo: string): string | undefined {
  const first = processors[0] ?? new Map<string, string>();
  const all = keyValues(cpuinfo);
  for (const key of modelKeys) {
    const model = given(first.get(key)) ?? given(all.get(key));
    if (model !== undefined) return model.replace(/\s+/g, ' ');
  }
  return undefined;
}

interface Counts {
  readonly threads: number;
  /** Cores of each socket, where that is known. */
  readonly coresOf: readonly number[] | undefined;
}

/** Lines `CPU,CORE,SOCKET`; a field is empty where the kernel does not know. */
function topology(text: string): Counts | undefined {
  const cores = new Map<string, Set<string>>();
  let threads = 0;
  for (const line of linesOf(text)) {
    if (line.startsWith('#') || line === '') continue;
    const [, core = '', socket = ''] = line.split(',');
    threads++;
    place(cores, socket, core);
  }
  return threads === 0 ? undefined : { threads, coresOf: [...cores.values()].map((set) => set.size) };
}

function counted(processors: readonly Processor[]): Counts | undefined {
  if (processors.length === 0) return undefined;
  const cores = new Map<string, Set<string>>();
  for (const it of processors) {
    const socket = it.get('physical id');
    const core = it.get('core id');
    // Without both, as in ARM’s cpuinfo, a core cannot be told from a thread.
    if (socket === undefined || core === undefined) return { threads: processors.length, coresOf: undefined };
    place(cores, socket, core);
  }
  return { threads: processors.length, coresOf: [...cores.values()].map((set) => set.size) };
}

function place(cores: Map<string, Set<string>>, socket: string, core: string): void {
  const set = cores.get(socket);
  if (set) set.add(core);
  else cores.set(socket, new Set([core]));
}

/** The nominal clock, which stays the same: from the model’s name, the governor’s maximum, POWER’s `clock`; last the one of this moment. */
function clockOf(model: string | undefined, cpuinfo: string, processors: readonly Processor[]): number | undefined {
  const named = /@ (\d{1,2}(?:\.\d{1,3})?) ?GHz/.exec(model ?? '');
  if (named) return Math.round(Number(named[1]) * 1000);
  const kHz = wholeNumber(/cpuinfo_max_freq:(\d{1,12})/.exec(cpuinfo)?.[1]);
  if (kHz) return Math.round(kHz / 1000);
  const MHz = Number.parseFloat(processors[0]?.get('clock') ?? processors[0]?.get('cpu MHz') ?? '');
  return Number.isFinite(MHz) && MHz > 0 ? Math.round(MHz) : undefined;
}
