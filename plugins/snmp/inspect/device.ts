/** What the device is: its system, its product with serial number, its parts. */
import { type Section, section } from 'ksocket/plugin';
import { batches } from '../batches.js';
import { accessPointEntries } from '../read/access-points.js';
import { dot1dBasePortEntry } from '../read/bridge.js';
import { vtpVlanEntry } from '../read/cisco-vlans.js';
import { deviceTypes, type Evidence } from '../read/device-types.js';
import { Components } from '../read/entity.js';
import { hrDeviceEntry, hrStorageEntry } from '../read/host-resources.js';
import { type MakerSays, readMakerObjects } from '../read/maker.js';
import { readPowerSupplies } from '../read/power-supplies.js';
import { prtGeneralEntry } from '../read/printer.js';
import { describedProduct, describedSystem, only, type SystemDetails } from '../read/system.js';
import { upsBatteryGroup } from '../read/ups.js';
import { dot1qVlanStaticEntry } from '../read/vlans.js';
import type { Survey } from '../survey.js';
import { makerOf } from '../tables.js';
import { about, missingOf } from './missing.js';

export async function* inspectDevice(survey: Survey): AsyncGenerator<Section> {
  const { agent, system } = survey;
  const details = await survey.details();
  yield section('networkDevice', {
    ...only('objectId', system.objectId),
    ...only('forwarding', details.forwarding),
    ...only('bridgeAddress', details.bridgeAddress),
  });
  const components = new Components(agent);
  for await (const batch of batches(components.rows())) yield section('networkDevice', { components: batch });
  if (components.end.state !== 'ok') yield section('networkDevice', {}, about(missingOf('components', components.end)));

  const maker = await readMakerObjects(agent, system.enterprise);
  yield section('os', osOf(survey, details, maker, components));
  const product = productOf(survey, maker, components, await printerName(survey));
  const types = deviceTypes(system, {
    ...(await evidenceOf(survey, details)),
    model: product.model,
    answered: maker.answered,
  });
  const { engineId } = details;
  // A management controller tells the serial number of the machine that it manages, which is another node.
  const serial = types[0] === 'management-controller' ? undefined : product.serial;
  if (serial !== undefined || engineId !== undefined)
    yield section('identity', {
      ...only('serial', serial),
      ...only('vendor', serial === undefined ? undefined : product.vendor),
      ...only('engineId', engineId),
    });
  const supplies = await readPowerSupplies(await survey.source(), components.powerSupplies);
  const hardware = {
    ...(types.length > 0 ? { deviceTypes: types } : {}),
    ...(Object.keys(product).length > 0 ? { product } : {}),
    ...(supplies.length > 0 ? { powerSupplies: [...supplies] } : {}),
  };
  if (Object.keys(hardware).length > 0) yield section('hardware', hardware);
}

function osOf(
  { system }: Survey,
  details: SystemDetails,
  maker: MakerSays,
  components: Components,
): Section<'os'>['data'] {
  const described = describedSystem(system);
  // FortiOS says `v7.0.5,build0304,211028 (GA)` in one object.
  const own = maker.version?.split(',')[0];
  const version = described.version ?? own ?? (components.chassis ?? components.whole)?.software;
  return {
    ...described,
    ...only('version', version),
    ...only('hostname', system.name),
    ...only('description', system.description),
    ...only('contact', details.contact),
    ...only('location', details.location),
    ...only('bootTime', details.bootTime),
    ...only('timezone', details.timezone),
  };
}

/** A chassis speaks for the device; then the maker’s own objects, then whatever else holds all the rest. */
function productOf(
  { system }: Survey,
  maker: MakerSays,
  components: Components,
  printer: string | undefined,
): NonNullable<Section<'hardware'>['data']['product']> {
  const { chassis, whole } = components;
  const described = describedProduct(system);
  const rest = chassis === undefined && (maker.serial ?? maker.model) === undefined ? whole : chassis;
  return {
    ...only('vendor', rest?.vendor ?? maker.vendor ?? makerOf(system.enterprise)),
    ...only('name', rest?.description ?? maker.name),
    ...only('model', rest?.model ?? maker.model ?? described.model ?? printer),
    ...only('version', rest?.hardware),
    ...only('serial', rest?.serial ?? maker.serial ?? described.serial),
    ...only('firmware', rest?.firmware ?? maker.firmware),
  };
}

/** hrDeviceDescr of a printer is its model, as RFC 3805 has no object for that. */
async function printerName(survey: Survey): Promise<string | undefined> {
  const source = await survey.source();
  return source.knows(prtGeneralEntry) ? (await survey.devices()).printer : undefined;
}

async function evidenceOf(survey: Survey, details: SystemDetails): Promise<Omit<Evidence, 'model' | 'answered'>> {
  const source = await survey.source();
  return {
    forwarding: details.forwarding,
    services: details.services,
    capabilities: details.capabilities,
    hasBridge: source.knows(dot1dBasePortEntry),
    hasVlans: source.knows(dot1qVlanStaticEntry) || source.knows(vtpVlanEntry),
    hasPrinter: source.knows(prtGeneralEntry),
    hasUps: source.knows(upsBatteryGroup),
    hasAccessPoints: accessPointEntries().some((entry) => source.knows(entry)),
    isHost: source.knows(hrDeviceEntry) || source.knows(hrStorageEntry),
    family: describedSystem(survey.system).family,
  };
}
