/** What is generated from a schema: JSON Schema for editors, and a commented sample in TOML. */
import { z } from 'zod';
import { settingFields } from './settings.js';

/** JSON Schema 2020-12 of what a file may contain (the input side: secrets are strings, defaults may be left out). */
export function jsonSchema(schema: z.ZodType, title: string): Record<string, unknown> {
  return { title, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
}

/** Every field with its sentence; all commented out, so that the file says what could be set and changes nothing. */
export function sampleToml(schema: z.ZodType, heading: readonly string[]): string {
  // Editors want `#:schema …` without a space (Taplo).
  const lines = heading.map((line) => (line.startsWith(':') ? `#${line}` : `# ${line}`.trimEnd()));
  let table = '';
  for (const field of settingFields(schema)) {
    const dot = field.name.lastIndexOf('.');
    const fieldTable = dot < 0 ? '' : field.name.slice(0, dot);
    if (fieldTable !== table) {
      table = fieldTable;
      lines.push('', `[${table}]`);
    }
    const value = field.defaultValue;
    lines.push(
      '',
      `# ${field.description}`,
      `#${field.name.slice(dot + 1)} = ${value === undefined ? '…' : tomlValue(value, field.float)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A TOML value; floats keep their point, so that `30` stays a number with a unit of seconds. */
export function tomlValue(value: unknown, float = false): string {
  if (typeof value === 'number') return float && Number.isInteger(value) ? `${value}.0` : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  return JSON.stringify(value);
}
