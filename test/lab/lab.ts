/** What a built lab offers to a test: the hosts as a scan should find them, and ways into them. */

import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Expectation, SshLogin } from './company.js';

/** A host as a test may expect a scan to find it. A dead address is a host of its own, named after the address. */
export interface LabHost {
  /** Host name, and namespace for `spawn`. */
  readonly name: string;
  readonly role: string;
  readonly addresses: readonly string[];
  /** The MAC of each address, in the same order; empty for a dead address. */
  readonly macs: readonly string[];
  /** False: nobody lives at this address. */
  readonly alive: boolean;
  readonly answersPing: boolean;
  readonly ssh?: {
    readonly login: SshLogin;
    readonly username: string;
    /** `SHA256:…` of the host key, as ssh-keygen -l prints it. */
    readonly fingerprint: string;
  };
  readonly snmp?: { readonly community: string; readonly engineId: string };
  /** What the scan should come to, with the lab's credentials; undefined for a dead address. */
  readonly expect?: Expectation;
  readonly machineId?: string;
  /** Serial number and UUID of SMBIOS, which only root may read there. */
  readonly serial?: string;
  readonly uuid?: string;
  readonly product?: string;
  /** What is not this machine's own but made up, e.g. `os-release`. */
  readonly synthetic: readonly string[];
}

export interface Lab {
  readonly name: string;
  readonly agent: { readonly namespace: string; readonly address: string };
  /** Every host but the agent's, then the dead addresses. */
  readonly hosts: readonly LabHost[];
  /** The segments in CIDR form. */
  readonly networks: readonly string[];
  /** Folder with ssh/ and snmp/, laid out as `$KSOCKET_HOME/etc/ksocket/credentials`. */
  readonly credentials: string;
  /** PID of the host's process 1, to enter it by nsenter(1). */
  pid(namespace: string): number;
  /**
   * `child_process.spawn` inside a host; `cwd` is looked up inside and is by default this process's own for the agent and
   * `/` for the others. `kill()` of the child signals the program itself.
   */
  spawn(namespace: string, argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Lets the agent's namespace reach 127.0.0.1:`port` of this machine at the same address; the result ends that. */
  relay(port: number): Promise<() => Promise<void>>;
  /** Ends all processes of the lab, programs spawned in it too, and removes every trace. Safe twice. */
  close(): Promise<void>;
}
