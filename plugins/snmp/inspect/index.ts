/**
 * The whole inspection, what is worth most first: an agent that is slow, or whose answers reach the limit of a session, has
 * told who it is and how it is connected before its long tables begin.
 */
import type { Section } from 'ksocket/plugin';
import type { Survey } from '../survey.js';
import { inspectAccessPoints } from './access-points.js';
import { inspectPrinter, inspectUps } from './appliances.js';
import { inspectDevice } from './device.js';
import { inspectHost, inspectSoftware } from './host.js';
import { inspectInterfaces, inspectRoutes } from './network.js';
import { inspectPorts } from './ports.js';
import { inspectSwitching } from './switching.js';
import { inspectTopology } from './topology.js';

const chapters: readonly ((survey: Survey) => AsyncGenerator<Section>)[] = [
  inspectDevice,
  inspectInterfaces,
  inspectTopology,
  inspectPrinter,
  inspectUps,
  inspectHost,
  inspectRoutes,
  inspectAccessPoints,
  inspectSwitching,
  inspectPorts,
  inspectSoftware,
];

/** @throws Failure when the agent is gone */
export async function* inspect(survey: Survey): AsyncGenerator<Section> {
  for (const chapter of chapters) yield* chapter(survey);
}
