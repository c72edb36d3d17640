/** What a scan of the lab's company must come to: every host that is alive and none that is not, with details or a reason for each. */
import assert from 'node:assert/strict';
import type { NodeDocument } from '../../core/inventory/index.js';
import type { Lab, LabHost } from '../lab/index.js';

const prefixOf = (network: string) => network.slice(0, network.lastIndexOf('.') + 1);
/** The addresses of a host in the networks, each of which is a /24. */
const addressesIn = (host: LabHost, networks: readonly string[]) =>
  host.addresses.filter((address) => networks.some((network) => address.startsWith(prefixOf(network))));
export const hostsIn = (lab: Lab, networks: readonly string[]) =>
  lab.hosts.filter((host) => host.alive && addressesIn(host, networks).length > 0);

export const nodeAt = (nodes: readonly NodeDocument[], address: string) =>
  nodes.find((n) => n.addresses.some((a) => a.addr === address));

/** @param networks that were scanned */
export function checkCompany(lab: Lab, nodes: readonly NodeDocument[], networks: readonly string[]): void {
  const hosts = hostsIn(lab, networks);
  const found = new Set(nodes.flatMap((n) => n.addresses.map((a) => a.addr)));
  const expected = new Set(hosts.flatMap((host) => addressesIn(host, networks)));
  assert.deepEqual(
    [...found].filter((a) => !expected.has(a)),
    [],
    'found, but nobody lives there',
  );
  assert.deepEqual(
    [...expected].filter((a) => !found.has(a)),
    [],
    'alive, but not found',
  );
  for (const host of hosts) {
    const nodesOfHost = new Set(addressesIn(host, networks).map((a) => nodeAt(nodes, a)));
    const detailed = host.expect?.startsWith('details') || host.expect === 'both';
    if (detailed) assert.equal(nodesOfHost.size, 1, `${host.name} is one node, not ${nodesOfHost.size}`);
    for (const node of nodesOfHost) checkHost(host, node!);
  }
}

function checkHost(host: LabHost, node: NodeDocument): void {
  const result = (collector: string) =>
    node.outcomes.filter((o) => o.collector === collector).map((o) => o.code ?? o.result);
  const about = `${host.name}: ${JSON.stringify(node.outcomes)}`;
  if (host.expect === 'details-ssh' || host.expect === 'both') {
    assert.ok(
      node.outcomes.some((o) => o.collector === 'ssh' && (o.result === 'ok' || o.result === 'partial')),
      about,
    );
    assert.equal(node.displayName, host.name);
    assert.equal(node.sections.identity?.machineId, host.machineId, about);
    assert.ok(node.sections.os?.kernel?.release && node.sections.os.name, about);
    assert.ok(node.numberOfPackages > 50, about);
    assert.ok(
      (node.sections.hardware?.cpu?.threads ?? 0) > 0 && (node.sections.hardware?.memory?.totalKiB ?? 0) > 0,
      about,
    );
    assert.deepEqual(
      node.sections.network?.interfaces
        ?.flatMap((i) => i.mac ?? [])
        .filter((m) => host.macs.includes(m))
        .sort(),
      [...host.macs].sort(),
      about,
    );
    // A router's ENTITY-MIB names another product than its SMBIOS; which one stands is for the merge rules.
    if (host.product && !host.role.includes('router')) {
      assert.equal(node.sections.hardware?.product?.name, host.product, about);
    }
    if (host.serial && !host.role.includes('router')) {
      const missingSerial = node.provenance
        .flatMap((p) => p.missing)
        .some((m) => m.field.includes('serial') && m.state === 'needs-privilege');
      // On a machine that is a container itself, every host of the lab looks like one, and SMBIOS belongs to the machine below.
      const container = node.sections.hardware?.virtualization === 'docker';
      assert.ok(node.sections.identity?.serial === host.serial || missingSerial || container, about);
    }
  }
  if (host.expect === 'details-snmp' || host.expect === 'both') {
    assert.ok(
      node.outcomes.some((o) => o.collector === 'snmp' && (o.result === 'ok' || o.result === 'partial')),
      about,
    );
    assert.ok(node.sections.os?.description, about);
    assert.ok((node.sections.network?.interfaces?.length ?? 0) > 0, about);
  }
  if (host.expect === 'reason:login-refused') assert.ok(result('ssh').includes('E_LOGIN'), about);
  if (host.expect === 'reason:no-credential') assert.ok(result('ssh').includes('E_NO_CREDENTIAL'), about);
  if (host.expect === 'alive-only')
    assert.ok(
      node.outcomes.every((o) => o.result === 'skipped' || o.result === 'failed') &&
        node.outcomes.every((o) => o.reason),
      about,
    );
}
