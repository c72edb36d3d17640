/** Who is connected to which port, as LLDP and CDP say. */
import { type Section, section } from 'ksocket/plugin';
import { slices } from '../batches.js';
import type { BasePorts } from '../read/bridge.js';
import { type Edge, type FoundEdge, type LocalPort, readLocalPorts } from '../read/lldp.js';
import { only } from '../read/system.js';
import type { Interfaces, Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

export async function* inspectTopology(survey: Survey): AsyncGenerator<Section> {
  const lldp = await survey.lldp();
  const cdp = await survey.cdp();
  const found = [...lldp.items, ...cdp.items];
  if (found.length > 0) {
    const interfaces = await survey.interfaces();
    const isNumbered = lldp.items.some((it) => !it.port.isIfIndex);
    const local = isNumbered ? await readLocalPorts(await survey.source()) : undefined;
    const portName = portNames(interfaces, local?.items ?? [], isNumbered ? await survey.basePorts() : new Map());
    for (const part of slices(found))
      yield section('topology', { edges: part.map((edge) => asEdge(edge, portName(edge.port))) });
  }
  const missing = [...missingOf('edges', lldp.end), ...missingOf('edges', cdp.end)];
  if (missing.length > 0) yield section('topology', {}, about(missing));
}

function asEdge({ port: _, protocol, ...rest }: FoundEdge, localPort: string | undefined): Edge {
  return { protocol, ...only('localPort', localPort), ...rest };
}

/**
 * The name of the interface that a port number means. LLDP-MIB numbers its ports as the agent likes; the agent’s own port ID
 * says which one it is, where that is an interface’s name or MAC address. Else the number is an ifIndex where the port has
 * that interface’s description, or a bridge port, as the MIB recommends; and in the end the description itself.
 */
export function portNames(
  interfaces: Interfaces,
  ports: readonly LocalPort[],
  bridge: BasePorts,
): (port: FoundEdge['port']) => string | undefined {
  const names = new Set(interfaces.items.map((it) => it.name));
  // Some switches have one MAC address on all ports: it names none of them.
  const byMac = new Map<string, string | undefined>();
  for (const { interface: port, name } of interfaces.items)
    if (port.mac) byMac.set(port.mac, byMac.has(port.mac) ? undefined : name);
  const local = new Map(ports.map((it) => [it.number, it]));
  return ({ number, isIfIndex }) => {
    if (isIfIndex) return interfaces.nameOf(number);
    const own = local.get(number);
    const id = own?.id?.toString('latin1').replace(/\0+$/, '');
    if (id !== undefined && names.has(id)) return id;
    if (own?.description !== undefined && names.has(own.description)) return own.description;
    // macAddress(3); local(7), which Junos fills with the ifIndex in digits.
    const mac = own?.idSubtype === 3 ? own.id?.toString('hex').replace(/..(?!$)/g, '$&:') : undefined;
    const byAddress = mac === undefined ? undefined : byMac.get(mac);
    if (byAddress !== undefined) return byAddress;
    if (own?.idSubtype === 7 && id === String(number) && interfaces.nameOf(number)) return interfaces.nameOf(number);
    const bridged = bridge.get(number);
    return (
      (bridged === undefined ? undefined : interfaces.nameOf(bridged)) ?? interfaces.nameOf(number) ?? own?.description
    );
  };
}
