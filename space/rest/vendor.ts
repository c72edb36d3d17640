/** The product's read paths below /api/apps/sonar, so that what was written for it finds the same things here. */
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.js';
import type { Runtime } from '../runtime.js';
import { countNodesByNetwork, findNetwork, listNetworks } from '../storage/networks.js';
import {
  findManagedNode,
  findSnapshotNode,
  listManagedNodes,
  listSnapshotNodes,
  managedNodeSorts,
  nodeSorts,
  packagesOf,
} from '../storage/nodes.js';
import { findSnapshot, listSnapshots } from '../storage/scans.js';
import { page, parse } from './input.js';
import { managedNodeShape, networkShape, snapshotNodeShape, snapshotShape } from './shapes.js';

type P<K extends string> = { Params: Record<K, string> };

const networkPage = page(['name'], 'name');
const managedPage = page(Object.keys(managedNodeSorts), 'address');
const nodePage = page(Object.keys(nodeSorts), 'address');
const snapshotPage = page(['createdAt'], '-createdAt');
const packagePage = page(['name', 'version', 'arch'], 'name');

export function vendorRoutes(app: FastifyInstance, { db }: Runtime): void {
  const base = '/api/apps/sonar/networks';

  app.get(base, async (request) => {
    const { offset, limit, sort, search } = parse(networkPage, request.query);
    const [networks, nodes] = await Promise.all([listNetworks(db), countNodesByNetwork(db)]);
    const found = networks.filter((n) => !search || n.name.toLowerCase().includes(search.toLowerCase()));
    if (sort.startsWith('-')) found.reverse();
    const items = found.slice(offset, offset + limit).map((n) => networkShape(n, nodes.get(n.id) ?? 0));
    return { items, total: found.length };
  });

  const network = async (id: string) => {
    const row = await findNetwork(db, id);
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no network ${id}`);
    return row;
  };

  app.get<P<'id'>>(`${base}/:id`, async ({ params }) => {
    const row = await network(params.id);
    return networkShape(row, (await countNodesByNetwork(db)).get(row.id) ?? 0);
  });

  app.get<P<'id'>>(`${base}/:id/managed-nodes`, async ({ params, query }) => {
    await network(params.id);
    const wanted = parse(managedPage, query);
    const { items, total } = await listManagedNodes(db, params.id, wanted, wanted);
    return { items: items.map((node) => managedNodeShape(node, false)), total };
  });

  const managedNode = async ({ id, node }: { id: string; node: string }) => {
    const row = await findManagedNode(db, id, node);
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no managed node ${node}`);
    return row;
  };

  app.get<P<'id' | 'node'>>(`${base}/:id/managed-nodes/:node`, async ({ params }) =>
    managedNodeShape(await managedNode(params), true),
  );

  app.get<P<'id' | 'node'>>(`${base}/:id/managed-nodes/:node/packages`, async ({ params, query }) => {
    await managedNode(params);
    return packageList(await packagesOf(db, params.node), query);
  });

  app.get<P<'id' | 'node'>>(`${base}/:id/managed-nodes/:node/notes`, async ({ params }) => {
    await managedNode(params);
    return { items: [], total: 0 };
  });

  app.get<P<'id'>>(`${base}/:id/snapshots`, async ({ params, query }) => {
    await network(params.id);
    const { offset, limit, sort } = parse(snapshotPage, query);
    const { items, total } = await listSnapshots(db, params.id, { offset, limit, descending: sort.startsWith('-') });
    return { items: items.map(snapshotShape), total };
  });

  const snapshot = async ({ id, snapshot: snapshotId }: { id: string; snapshot: string }) => {
    const row = await findSnapshot(db, id, snapshotId);
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no snapshot ${snapshotId}`);
    return row;
  };

  app.get<P<'id' | 'snapshot'>>(`${base}/:id/snapshots/:snapshot`, async ({ params }) =>
    snapshotShape(await snapshot(params)),
  );

  app.get<P<'id' | 'snapshot'>>(`${base}/:id/snapshots/:snapshot/nodes`, async ({ params, query }) => {
    await snapshot(params);
    const wanted = parse(nodePage, query);
    const { items, total } = await listSnapshotNodes(db, params.snapshot, wanted, wanted);
    return { items: items.map((node) => snapshotNodeShape(node, params.id, false)), total };
  });

  const snapshotNode = async (params: { id: string; snapshot: string; node: string }) => {
    await snapshot(params);
    const row = await findSnapshotNode(db, params.snapshot, params.node);
    if (row === undefined) throw problem(404, 'E_NOT_FOUND', `no node ${params.node}`);
    return row;
  };

  app.get<P<'id' | 'snapshot' | 'node'>>(`${base}/:id/snapshots/:snapshot/nodes/:node`, async ({ params }) =>
    snapshotNodeShape(await snapshotNode(params), params.id, true),
  );

  app.get<P<'id' | 'snapshot' | 'node'>>(
    `${base}/:id/snapshots/:snapshot/nodes/:node/packages`,
    async ({ params, query }) => {
      await snapshotNode(params);
      return packageList(await packagesOf(db, params.node), query);
    },
  );
}

/** The packages of one node are one list of a few thousand at most, so they are sorted and cut here. */
function packageList(all: Awaited<ReturnType<typeof packagesOf>>, query: unknown) {
  const { offset, limit, sort, search } = parse(packagePage, query);
  const field = sort.replace(/^-/, '') as 'name' | 'version' | 'arch';
  const sign = sort.startsWith('-') ? -1 : 1;
  const wanted = search?.toLowerCase();
  const found = all
    .filter((p) => wanted === undefined || p.name.toLowerCase().includes(wanted))
    .sort((a, b) => sign * ((a[field] ?? '') < (b[field] ?? '') ? -1 : 1));
  return { items: found.slice(offset, offset + limit), total: found.length };
}
