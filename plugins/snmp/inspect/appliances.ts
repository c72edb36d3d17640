/** Printers and uninterruptible power supplies: devices that have a section of their own. */
import { type Section, section } from 'ksocket/plugin';
import { readPrinter } from '../read/printer.js';
import { readUps } from '../read/ups.js';
import type { Survey } from '../survey.js';
import { about, missingOf } from './missing.js';

export async function* inspectPrinter(survey: Survey): AsyncGenerator<Section> {
  const { printer, end } = await readPrinter(await survey.source());
  if (Object.keys(printer).length > 0 || end.state !== 'ok')
    yield section('printer', printer, about(missingOf('printer', end)));
}

export async function* inspectUps(survey: Survey): AsyncGenerator<Section> {
  const { ups, end } = await readUps(await survey.source());
  if (Object.keys(ups).length > 0 || end.state !== 'ok') yield section('ups', ups, about(missingOf('ups', end)));
}
