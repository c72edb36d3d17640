/** UPS-MIB (RFC 1628). */
import { z } from 'zod';
import { amount, count, text, time } from './values.js';

const line = z.object({
  volts: amount.optional(),
  amperes: amount.optional(),
  watts: amount.optional(),
  hertz: amount.optional(),
  loadPercent: amount.optional(),
});

export const ups = z.object({
  batteryStatus: text.optional().describe('upsBatteryStatus: batteryNormal, batteryLow, batteryDepleted'),
  chargePercent: amount.optional(),
  minutesRemaining: count.optional(),
  secondsOnBattery: count.optional(),
  batteryVolts: amount.optional(),
  batteryCelsius: z.number().optional(),
  batteryReplacedAt: time.optional(),
  outputSource: text.optional().describe('upsOutputSource: normal, battery, bypass…'),
  loadPercent: amount.optional(),
  input: z.array(line).optional(),
  output: z.array(line).optional(),
  alarms: z.array(text).optional(),
});
