/** Processors, memory and storage of hosts, and what is installed on them. */
import { type Section, section } from 'ksocket/plugin';
import { batches } from '../batches.js';
import { InstalledSoftware, readStorages } from '../read/host-resources.js';
import { describedSystem, only } from '../read/system.js';
import { readUcdDisks, readUcdMemory } from '../read/ucd.js';
import type { Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

export async function* inspectHost(survey: Survey): AsyncGenerator<Section> {
  const source = await survey.source();
  const { memoryKiB } = await survey.details();
  const { threads, processors, drives, end } = await survey.devices();
  const storages = await readStorages(source);
  const ucd = await readUcdMemory(source);
  const filesystems = storages.filesystems.length > 0 ? storages.filesystems : await readUcdDisks(source);
  const memory = {
    ...only('totalKiB', memoryKiB ?? storages.ramKiB ?? ucd.totalKiB),
    ...only('swapKiB', storages.swapKiB ?? ucd.swapKiB),
  };
  const data = {
    // The agent lists logical processors, so the models are known and the sockets are not: one entry a model.
    ...(threads > 0
      ? { cpu: { threads, ...(processors.length > 0 ? { packages: processors.map((model) => ({ model })) } : {}) } }
      : {}),
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(filesystems.length > 0 || drives.length > 0
      ? {
          storage: {
            ...(drives.length > 0 ? { drives: [...drives] } : {}),
            ...(filesystems.length > 0 ? { filesystems: [...filesystems] } : {}),
          },
        }
      : {}),
  };
  const missing = [...missingOf('cpu', end), ...missingOf('storage.filesystems', storages.end)];
  if (Object.keys(data).length > 0 || missing.length > 0) yield section('hardware', data, about(missing));
}

export async function* inspectSoftware(survey: Survey): AsyncGenerator<Section> {
  const software = new InstalledSoftware(await survey.source(), describedSystem(survey.system).family);
  for await (const batch of batches(software.rows())) yield section('software', { packages: batch });
  if (software.end.state !== 'ok') yield section('software', {}, about(missingOf('packages', software.end)));
}
