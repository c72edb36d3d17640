/** Which access points a wireless controller manages. */
import { type Section, section } from 'ksocket/plugin';
import { slices } from '../batches.js';
import { readAccessPoints } from '../read/access-points.js';
import type { Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

export async function* inspectAccessPoints(survey: Survey): AsyncGenerator<Section> {
  const { items, end } = await readAccessPoints(await survey.source());
  for (const part of slices(items)) yield section('networkDevice', { accessPoints: [...part] });
  if (end.state !== 'ok') yield section('networkDevice', {}, about(missingOf('accessPoints', end)));
}
