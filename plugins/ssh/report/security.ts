/** The security section of a Linux host. */
import { type Missing, type Section, type SectionData, section } from 'ksocket/plugin';
import { groups, users } from '../parse/accounts.js';
import { certificates, maxNames } from '../parse/certificates.js';
import { fileLines, given, present, wholeNumber } from '../parse/text.js';
import { apk, apt, dnf, opkg, type PendingUpdate, pacman, rebootRequired, zypper } from '../parse/updates.js';
import { isContainer } from '../parse/virtualization.js';
import type { Answers } from '../run.js';
import { answered, type Parts, stateOf, textOf } from './answers.js';
import { firmwareOf } from './firmware.js';

type Security = SectionData['security'];

export function securitySection(answers: Answers): Section<'security'> {
  const { parts } = answers;
  const passwd = answered(parts, 'passwd');
  const group = answered(parts, 'group');
  if (passwd === undefined && group === undefined && !parts.has('certificates')) {
    return section('security', {}, { state: answers.ending === 'ok' ? 'unsupported' : answers.ending });
  }
  const missing: Missing[] = [];
  const tell = (field: string, part: string, reason?: string) => {
    const state = parts.has(part) ? stateOf(answers, part) : 'ok';
    if (state !== 'ok') missing.push({ field, state, ...present({ reason }) });
    return state;
  };
  // passwd(1) of Red Hat before 10 and of BusyBox knows no -a.
  if (tell('users.enabled', 'passwd-state', 'passwd -Sa') === 'ok' && (parts.get('passwd-state')?.exit ?? 0) !== 0) {
    missing.push({ field: 'users.enabled', state: 'unsupported', reason: 'passwd -Sa' });
  }
  tell('certificates', 'certificates');
  tell('certificates', 'private-certificates', '/etc/letsencrypt is root’s to read');
  const inContainer = isContainer(firmwareOf(parts).virtualization);
  const updates = updatesOf(answers, missing);
  // A container has rules of its own, as it has interfaces of its own.
  const firewall = firewallOf(parts);
  for (const part of ['nft', 'iptables']) tell('firewall.rules', part);
  const data: Security = {
    ...present({
      users:
        passwd === undefined ? undefined : users(passwd, textOf(parts, 'passwd-state'), textOf(parts, 'last-login')),
      groups: group === undefined ? undefined : groups(group),
      certificates: parts.has('certificates')
        ? certificates(`${textOf(parts, 'certificates')}\n${textOf(parts, 'private-certificates')}`)
        : undefined,
      pendingUpdates: updates,
      rebootRequired: inContainer ? undefined : rebootOf(parts),
      firewall,
      mandatoryAccess: inContainer ? undefined : accessControlOf(parts),
    }),
  };
  if (data.certificates?.some((it) => it.names?.length === maxNames))
    missing.push({ field: 'certificates.names', state: 'truncated' });
  return section('security', data, { missing });
}

const managers: Record<string, (text: string) => PendingUpdate[]> = {
  'apt-pending': apt,
  'dnf-pending': dnf,
  'zypper-pending': zypper,
  'apk-pending': apk,
  'pacman-pending': pacman,
  'opkg-pending': opkg,
};
/** What a manager says of itself when all went well: dnf has 100 for "there are some", pacman 1 for "there are none". */
const successes: Record<string, readonly number[]> = { 'dnf-pending': [0, 100], 'pacman-pending': [0, 1] };

function updatesOf(answers: Answers, missing: Missing[]): PendingUpdate[] | undefined {
  const { parts } = answers;
  let updates: PendingUpdate[] | undefined;
  for (const [name, parse] of Object.entries(managers)) {
    const part = parts.get(name);
    if (part === undefined) continue;
    const well = successes[name] ?? [0];
    if (part.exit !== undefined && well.includes(part.exit)) updates = [...(updates ?? []), ...parse(part.text)];
    else {
      const state = stateOf(answers, name);
      // A manager without a cache that this login may read fails in words of its own.
      missing.push({
        field: 'pendingUpdates',
        state: state === 'ok' ? 'needs-privilege' : state,
        reason: name.split('-', 1)[0] ?? name,
      });
    }
  }
  return updates;
}

/** needs-restarting(1) says 1 for "the core has been updated" and 0 for "no". */
function rebootOf(parts: Parts): boolean | undefined {
  const said = parts.get('needs-restarting')?.exit;
  if (said === 0 || said === 1) return said === 1;
  return rebootRequired(textOf(parts, 'kernels'));
}

/** What manages the rules is known to everybody; how many there are, to root. */
function firewallOf(parts: Parts): Security['firewall'] {
  const rules = wholeNumber(textOf(parts, 'nft')) ?? wholeNumber(textOf(parts, 'iptables'));
  const ufw = given(fileLines(textOf(parts, 'access-control')).get('/etc/ufw/ufw.conf')?.[0])?.toLowerCase();
  const units = textOf(parts, 'systemd-units');
  const runs = (unit: string) =>
    units.split('\n').some((it) => it.startsWith(`${unit}.service `) && it.includes(' active '));
  const manager = ufw === 'enabled=yes' ? 'ufw' : runs('firewalld') ? 'firewalld' : undefined;
  const kernel = parts.has('nft') ? 'nftables' : parts.has('iptables') ? 'iptables' : undefined;
  const active = manager !== undefined ? true : rules === undefined ? undefined : rules > 0;
  return present({ kind: manager ?? (rules === undefined ? undefined : kernel), active, rules });
}

function accessControlOf(parts: Parts): Security['mandatoryAccess'] {
  const files = fileLines(textOf(parts, 'access-control'));
  const enforce = files.get('/sys/fs/selinux/enforce')?.[0];
  if (enforce === '1' || enforce === '0')
    return { kind: 'SELinux', mode: enforce === '1' ? 'enforcing' : 'permissive' };
  const appArmor = files.get('/sys/module/apparmor/parameters/enabled')?.[0];
  if (appArmor === 'Y') return { kind: 'AppArmor', mode: 'enabled' };
  if (files.get('/etc/selinux/config')?.[0] === 'SELINUX=disabled') return { kind: 'SELinux', mode: 'disabled' };
  return appArmor === 'N' ? { kind: 'AppArmor', mode: 'disabled' } : undefined;
}
