/** UPS-MIB (RFC 1628). */
import { z } from 'zod';
import { amount, count, measured, text, time } from './values.js';

const line = z.object({
  volts: measured(amount.optional()),
  amperes: measured(amount.optional()),
  watts: measured(amount.optional()),
  hertz: measured(amount.optional()),
  loadPercent: measured(amount.optional()),
});

export const ups = z.object({
  batteryStatus: text.optional().describe('upsBatteryStatus: batteryNormal, batteryLow, batteryDepleted'),
  chargePercent: measured(amount.optional()),
  minutesRemaining: measured(count.optional()),
  secondsOnBattery: measured(count.optional()),
  batteryVolts: measured(amount.optional()),
  batteryCelsius: measured(z.number().optional()),
  batteryReplacedAt: time.optional(),
  outputSource: text.optional().describe('upsOutputSource: normal, battery, bypass…'),
  loadPercent: measured(amount.optional()),
  input: z.array(line).optional(),
  output: z.array(line).optional(),
  alarms: z.array(text).optional(),
});
