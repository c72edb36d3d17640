/** What network equipment says of itself, by MIB or command line, and who is connected to which of its ports. */
import { z } from 'zod';
import { amount, count, measured, text, time } from './values.js';

const component = z.object({
  index: count.optional(),
  containedIn: count.optional().describe('Index of the component that it sits in'),
  class: text.optional().describe('PhysicalClass of ENTITY-MIB: chassis, module, port, powerSupply…'),
  name: text.optional(),
  description: text.optional(),
  vendor: text.optional(),
  model: text.optional(),
  serial: text.optional(),
  hardware: text.optional(),
  firmware: text.optional(),
  software: text.optional(),
});

const port = z.object({
  name: text.describe('Name of the interface in `network`'),
  /** 64-bit counters beyond 2^53 lose their last bits; nobody bills by an inventory. */
  inOctets: measured(amount.optional()),
  outOctets: measured(amount.optional()),
  inErrors: measured(amount.optional()),
  outErrors: measured(amount.optional()),
  inDiscards: measured(amount.optional()),
  outDiscards: measured(amount.optional()),
  lastChange: measured(time.optional()).describe('When the link last went up or down'),
  poe: z
    .object({
      enabled: z.boolean().optional(),
      status: text.optional().describe('pethPsePortDetectionStatus: searching, deliveringPower…'),
      class: text.optional(),
      watts: measured(amount.optional()),
    })
    .optional(),
});

export const networkDevice = z.object({
  objectId: text.optional().describe('sysObjectID'),
  forwarding: z.boolean().optional().describe('ipForwarding: this device routes'),
  bridgeAddress: text.optional().describe('dot1dBaseBridgeAddress: the MAC address by which a bridge is known'),
  components: z.array(component).optional(),
  ports: z.array(port).optional(),
  vlans: z
    .array(
      z.object({
        id: count,
        name: text.optional(),
        ports: z.array(text).optional().describe('Names of the interfaces that carry it'),
        untagged: z.array(text).optional().describe('Those of them that carry it without a tag'),
      }),
    )
    .optional(),
  aggregates: z
    .array(
      z.object({
        name: text,
        members: z.array(text),
        protocol: text.optional().describe('lacp or static'),
        partner: text.optional().describe('MAC address of the system at the other end'),
      }),
    )
    .optional()
    .describe('Link aggregation (IEEE 802.1AX)'),
  forwardingDatabase: measured(
    z.array(z.object({ mac: text, port: text.optional(), vlan: count.optional() })).optional(),
  ).describe('MAC addresses that a bridge has learnt'),
  accessPoints: z
    .array(
      z.object({
        name: text.optional(),
        mac: text.optional(),
        address: text.optional(),
        model: text.optional(),
        serial: text.optional(),
        clients: measured(count.optional()),
      }),
    )
    .optional()
    .describe('Wi-Fi access points that a controller manages'),
  poeBudget: z.object({ maxWatts: amount.optional(), usedWatts: measured(amount.optional()) }).optional(),
});

export const topology = z.object({
  edges: z
    .array(
      z.object({
        protocol: z.enum(['lldp', 'cdp', 'fdp']),
        localPort: text.optional(),
        remoteId: text.optional().describe('Chassis ID: a MAC address, a name…'),
        remotePort: text.optional(),
        remoteName: text.optional(),
        remoteDescription: text.optional(),
        remotePlatform: text.optional(),
        remoteAddresses: z.array(text).optional(),
        capabilities: z.array(text).optional().describe('bridge, router, wlanAccessPoint, telephone, stationOnly…'),
        seenAt: measured(time.optional()),
      }),
    )
    .optional(),
});
