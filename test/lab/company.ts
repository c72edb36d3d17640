/** How a company is described to the lab: plain data, so that another company is another data file (hinoki.ts is the first). */

/** What the scan of the lab ought to find out about a host. */
export type Expectation =
  | 'details-ssh'
  | 'details-snmp'
  | 'both'
  | 'reason:login-refused'
  | 'reason:no-credential'
  | 'alive-only';

export type SshLogin = 'password' | 'key' | 'encrypted-key' | 'refused' | 'no-credential';

/** One segment: a bridge in a namespace of its own. */
export interface Lan {
  readonly name: string;
  /** CIDR, e.g. `10.66.1.0/24`. */
  readonly network: string;
  /** Routes of a host on this segment that names none itself, as arguments of `ip route add`. */
  readonly routes: readonly string[];
}

export interface Link {
  readonly lan: string;
  readonly address: string;
}

/** What SMBIOS would tell (DMTF DSP0134, types 0, 1 and 2); the UUID is made from the host's name. */
export interface Hardware {
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
  readonly biosVendor: string;
  readonly biosVersion: string;
  /** MM/DD/YYYY, as SMBIOS has it. */
  readonly biosDate: string;
  readonly boardVendor: string;
  readonly boardName: string;
  readonly boardSerial: string;
}

export interface SshPlan {
  readonly login: SshLogin;
  readonly username: string;
  /** The password that the host takes; without it only keys are taken. */
  readonly password?: string;
  /** Name of the client key that the host takes. */
  readonly key?: string;
}

export interface SnmpPlan {
  readonly community: string;
  readonly location: string;
  /** sysDescr and sysObjectID of the device that this one plays; without them snmpd tells about Linux. */
  readonly description?: string;
  readonly objectId?: string;
  /** sysServices (RFC 3418) where it is neither a router nor a host: 6 for a switch that also routes, 2 for one that does not. */
  readonly services?: number;
  /** Variables that the device adds to its tree: OID, type as in snmpd.conf(5) `override`, value. */
  readonly variables?: readonly (readonly [oid: string, type: 'octet_str' | 'integer' | 'object_id', value: string])[];
}

export interface HostPlan {
  /** Host name and name of the namespace: at most 15 characters, as it also names the port of the switch. */
  readonly name: string;
  readonly role: string;
  readonly links: readonly Link[];
  /** First three bytes of the MACs: of a real maker, as locally administered ones identify nothing. */
  readonly oui: string;
  readonly routes?: readonly string[];
  readonly forwards?: boolean;
  /** Echo requests stay without answer; closed TCP ports still reset. */
  readonly ignoresPing?: boolean;
  /** TCP stays without any answer, not even a reset. */
  readonly ignoresTcp?: boolean;
  readonly hardware?: Hardware;
  /** Text of /etc/os-release, where the host plays another distribution than the machine's own. */
  readonly osRelease?: string;
  /** Keeps this machine's lists of apt, from which it tells what is pending: a second of processor time at every look. */
  readonly packageLists?: boolean;
  readonly ssh?: SshPlan;
  readonly snmp?: SnmpPlan;
  readonly expect: Expectation;
}

interface CredentialPlan {
  /** File name in the credentials folder of its kind; the dictionary order of these is the search order. */
  readonly file: string;
  readonly includes: readonly string[];
  readonly excludes?: readonly string[];
}

export interface SshCredential extends CredentialPlan {
  readonly username: string;
  readonly password?: string;
  /** Names of client keys. */
  readonly keys?: readonly string[];
}

export interface SnmpCredential extends CredentialPlan {
  readonly community: string;
}

export interface Company {
  readonly name: string;
  readonly domain: string;
  readonly lans: readonly Lan[];
  /** The machine that the agent runs on. It keeps the real /tmp, /var and home folders, so that it can run programs of the tests. */
  readonly agent: HostPlan;
  readonly hosts: readonly HostPlan[];
  /** Addresses where nobody lives: a scan that reports one of them invents hosts. */
  readonly dead: readonly string[];
  /** Client keys: name and passphrase; a key without one is kept in clear. */
  readonly keys: readonly { readonly name: string; readonly passphrase?: string }[];
  readonly credentials: { readonly ssh: readonly SshCredential[]; readonly snmp: readonly SnmpCredential[] };
}
