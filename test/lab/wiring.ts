/** Joins the hosts by veth pairs to the bridge of their segment, and gives them addresses and routes, by `ip -batch`. */

import type { Company, HostPlan } from './company.js';
import { macOf } from './identity.js';
import { run } from './run.js';

/** Name of the namespace that holds a segment's bridge. */
export const switchOf = (lan: string) => `lan-${lan}`;

const everyone = (company: Company) => [company.agent, ...company.hosts];

function switchBatch(company: Company, lan: string, pids: ReadonlyMap<string, number>): string {
  const lines = ['link set lo up', 'link add name br0 type bridge', 'link set br0 up'];
  for (const host of everyone(company)) {
    host.links.forEach((link, index) => {
      if (link.lan !== lan) return;
      const end = `eth${index} address ${macOf(host, link.address)} netns ${pids.get(host.name)}`;
      lines.push(`link add name ${host.name} master br0 type veth peer name ${end}`, `link set dev ${host.name} up`);
    });
  }
  return `${lines.join('\n')}\n`;
}

/** A router has spoken with all its neighbours, and its ARP table is where a scan learns of them. */
function neighbours(company: Company, router: HostPlan): string[] {
  return router.links.flatMap(({ lan }, index) =>
    everyone(company)
      .filter((host) => host !== router)
      .flatMap((host) => host.links.filter((link) => link.lan === lan).map(({ address }) => ({ host, address })))
      // The kernel's garbage collection, which a sweep of the segment would set off, spares entries marked extern_learn.
      .map(
        ({ host, address }) =>
          `neigh replace ${address} lladdr ${macOf(host, address)} dev eth${index} nud stale extern_learn`,
      ),
  );
}

function hostBatch(company: Company, host: HostPlan): string {
  const lines = ['link set lo up'];
  const routes = new Set(host.routes);
  host.links.forEach(({ lan, address }, index) => {
    const segment = company.lans.find(({ name }) => name === lan);
    if (!segment) throw new Error(`wire ${host.name}: no segment ${lan}`);
    lines.push(`link set eth${index} up`, `addr add ${address}/${segment.network.split('/')[1]} brd + dev eth${index}`);
    if (!host.routes) for (const route of segment.routes) routes.add(route);
  });
  lines.push(...[...routes].map((route) => `route add ${route}`));
  // Replies of the TCP stack, resets among them, look up a route; local delivery has an earlier rule of its own.
  if (host.ignoresTcp) lines.push('rule add ipproto 6 priority 10 blackhole');
  if (host.forwards) lines.push(...neighbours(company, host));
  return `${lines.join('\n')}\n`;
}

async function batch(pid: number | undefined, lines: string): Promise<void> {
  await run('nsenter', ['--net', `--target=${pid}`, 'ip', '-batch', '-'], lines);
}

/** Builds all segments, then sets up all hosts; throws with ip's own words when a line of a batch is refused. */
export async function wire(company: Company, pids: ReadonlyMap<string, number>): Promise<void> {
  await Promise.all(company.lans.map(({ name }) => batch(pids.get(switchOf(name)), switchBatch(company, name, pids))));
  await Promise.all(everyone(company).map((host) => batch(pids.get(host.name), hostBatch(company, host))));
}
