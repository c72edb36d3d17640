/** The unit of the service: how it is started, when it is started again, and what it may touch (docs/decisions 0012 and 0013). */
import { join } from 'node:path';
import { checkPath, commandLine, quoted, unescaped, whole } from './systemd-syntax.js';

export interface UnitFacts {
  /** KSOCKET_HOME, absolute. */
  readonly home: string;
  /** KSOCKET_CONFIG, where the operator's settings are elsewhere. */
  readonly settingsFile?: string | undefined;
  readonly account: string;
  readonly group: string;
  /** Can this installation feed the watchdog? */
  readonly notifies: boolean;
  /** Does it have the slots that `ksocket update settle` looks after? */
  readonly settles: boolean;
}

/** Longer than the loop's grace beyond its word, so that a busy machine is not taken for a dead agent. */
const watchdogSeconds = 120;
/** bye to the space, runs ended, journal closed. */
const stopSeconds = 30;
/** Unpacking a staged update on a slow disk, before the agent itself. */
const startSeconds = 300;
const restartSeconds = 10;

/** Places that the sandbox hides, unless the installation itself is there. */
const hidden = {
  ProtectHome: ['/home', '/root', '/run/user'],
  PrivateTmp: ['/tmp', '/var/tmp'],
} as const;

/** Does `ProtectHome` hide this path from the service? */
export const isHidden = (path: string, home: string): boolean =>
  isBelow(path, hidden.ProtectHome) && !isBelow(home, hidden.ProtectHome);

export function unitText(facts: UnitFacts): string {
  const { home, settingsFile, account, group, notifies, settles } = facts;
  const runner = join(checkPath(home), 'bin', 'ksocket');
  const writable = [join(home, 'var', 'lib', 'ksocket'), join(home, 'var', 'log', 'ksocket')];
  const environment = {
    KSOCKET_HOME: home,
    ...(settingsFile === undefined ? {} : { KSOCKET_CONFIG: checkPath(settingsFile) }),
  };
  const hides = (name: keyof typeof hidden) => (isBelow(home, hidden[name]) ? 'no' : 'yes');
  return `# Made by "ksocket service install", which replaces it. Changes belong into a drop-in: systemctl edit ksocket
[Unit]
Description=A RPC like client service for Fixpoint, Inc. Kompira cloud
After=network.target
RequiresMountsFor=${quoted(home)}
StartLimitIntervalSec=10
StartLimitBurst=5

[Service]
${notifies ? `Type=notify\nNotifyAccess=main\nWatchdogSec=${watchdogSeconds}` : 'Type=simple'}
KillMode=mixed
WorkingDirectory=${whole(home)}
${Object.entries(environment)
  .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`)
  .join('\n')}
${settles ? `ExecStartPre=-+${commandLine(runner, 'update', 'settle')}\n` : ''}ExecStart=${commandLine(runner, 'connect')}
Restart=on-failure
RestartSec=${restartSeconds}
RestartPreventExitStatus=77 78
TimeoutStartSec=${startSeconds}
TimeoutStopSec=${stopSeconds}
User=${account}
Group=${group}
UMask=0027
LimitCORE=0

CapabilityBoundingSet=CAP_NET_RAW
AmbientCapabilities=CAP_NET_RAW
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${writable.map(quoted).join(' ')}
ProtectHome=${hides('ProtectHome')}
PrivateTmp=${hides('PrivateTmp')}
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Node.js writes machine code while it runs: MemoryDenyWriteExecute=yes would end it.

[Install]
WantedBy=multi-user.target
`;
}

export interface UnitRead {
  readonly account: string | undefined;
  readonly home: string | undefined;
}

/** What a unit says that this project, or the original, has written. */
export function readUnit(text: string): UnitRead {
  // Not `.`, which ends at U+2028 too; for systemd a line ends at a line feed alone.
  const value = (name: string) => new RegExp(`(?:^|\\n)${name}=([^\\n]*)`).exec(text)?.[1]?.trim();
  const directory = value('WorkingDirectory');
  return { account: value('User'), home: directory === undefined ? undefined : unescaped(directory) };
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
