/** What the device is: its system, its product with serial number, its parts. */
import { type Section, section } from 'ksocket/plugin';
import { batches } from '../batches.js';
import { Components } from '../read/entity.js';
import { type MakerSays, readMakerObjects } from '../read/maker.js';
import { describedSystem, only, type SystemDetails } from '../read/system.js';
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
  const product = productOf(survey, maker, components);
  const { engineId } = details;
  if (product.serial !== undefined || engineId !== undefined) {
    const vendor = product.serial === undefined ? undefined : product.vendor;
    yield section('identity', {
      ...only('serial', product.serial),
      ...only('vendor', vendor),
      ...only('engineId', engineId),
    });
  }
  if (Object.keys(product).length > 0) yield section('hardware', { product });
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
): NonNullable<Section<'hardware'>['data']['product']> {
  const { chassis, whole } = components;
  const rest = chassis === undefined && (maker.serial ?? maker.model) === undefined ? whole : chassis;
  return {
    ...only('vendor', rest?.vendor ?? maker.vendor ?? makerOf(system.enterprise)),
    ...only('name', rest?.description ?? maker.name),
    ...only('model', rest?.model ?? maker.model),
    ...only('version', rest?.hardware),
    ...only('serial', rest?.serial ?? maker.serial),
    ...only('firmware', rest?.firmware ?? maker.firmware),
  };
}
