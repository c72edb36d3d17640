/** Processors, memory and storage of hosts, and what is installed on them. */
import { type Section, section } from 'ksocket/plugin';
import { batches } from '../batches.js';
import { InstalledSoftware, readFilesystems, readProcessors } from '../read/host-resources.js';
import { describedSystem } from '../read/system.js';
import type { Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

export async function* inspectHost(survey: Survey): AsyncGenerator<Section> {
  const { agent } = survey;
  const { memoryKiB } = await survey.details();
  const { threads, end: devices } = await readProcessors(agent);
  const { items, end: storages } = await readFilesystems(agent);
  const data = {
    ...(threads > 0 ? { cpu: { threads } } : {}),
    ...(memoryKiB === undefined ? {} : { memory: { totalKiB: memoryKiB } }),
    ...(items.length > 0 ? { storage: { filesystems: [...items] } } : {}),
  };
  const missing = [...missingOf('cpu', devices), ...missingOf('storage.filesystems', storages)];
  if (Object.keys(data).length > 0 || missing.length > 0) yield section('hardware', data, about(missing));
}

export async function* inspectSoftware({ agent, system }: Survey): AsyncGenerator<Section> {
  const software = new InstalledSoftware(agent, describedSystem(system).family);
  for await (const batch of batches(software.rows())) yield section('software', { packages: batch });
  if (software.end.state !== 'ok') yield section('software', {}, about(missingOf('packages', software.end)));
}
