/** How a node is connected: what any host has. What only network equipment has is in `networkDevice`. */
import { z } from 'zod';
import { amount, count, measured, text } from './values.js';

export const neighbour = z.object({
  address: text,
  mac: text.optional(),
  interface: text.optional(),
  /** Where it was read. */
  source: z.enum(['arp', 'nd', 'route', 'gateway', 'interface', 'lldp', 'cdp', 'fdp']),
});

export const networkInterface = z.object({
  name: text,
  index: count.optional(),
  alias: text.optional().describe('What the administrator calls it: ifAlias'),
  type: text.optional().describe('ethernet, loopback, bridge, vlan, tunnel…; IANAifType’s names'),
  mac: text.optional(),
  mtu: count.optional(),
  speedMbps: amount.optional(),
  duplex: z.enum(['full', 'half']).optional(),
  admin: z.enum(['up', 'down']).optional(),
  link: z.enum(['up', 'down']).optional(),
  vlanId: count.optional().describe('Of an interface that is one VLAN'),
  parent: text.optional().describe('The interface that it is stacked on: eth0 of eth0.10'),
  master: text.optional().describe('The bridge, bond, team or aggregate that it belongs to'),
  addresses: z.array(z.object({ address: text, prefix: count.optional() })).optional(),
});

const listener = z.object({
  protocol: z.enum(['tcp', 'udp']),
  address: text.describe('0.0.0.0 or :: for all'),
  port: count,
  process: text.optional().describe('Name of the program, never its arguments'),
  pid: measured(count.optional()),
});

export const network = z.object({
  interfaces: z.array(networkInterface).optional(),
  gateways: z.array(z.object({ address: text, interface: text.optional() })).optional(),
  routes: z
    .array(
      z.object({
        destination: text,
        gateway: text.optional(),
        interface: text.optional(),
        table: text
          .optional()
          .describe('Name or number of the routing table, for policies and VRFs; absent for the main one'),
      }),
    )
    .optional()
    .describe('destination is a network in CIDR form'),
  neighbours: measured(z.array(neighbour).optional()),
  dns: z.array(text).optional(),
  listeners: z.array(listener).optional().describe('Sockets that wait for others'),
});
