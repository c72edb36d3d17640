/**
 * The lists and facts of the inventory that need no layout of their own: which list, which of its fields, in this order. How a
 * cell is written follows from the name of its field.
 */
import type { SectionData } from '../../core/contract/sections/index.js';
import { count, sizeOfKiB, time } from './format.js';
import { type Content, html } from './html.js';
import { inventoryWords, type Word } from './inventory-words.js';
import { card, facts, folded, table } from './parts.js';
import { languages, type Texts } from './texts.js';

type Sections = Partial<SectionData>;
/** Any row of any list; its fields are read by name. */
type Row = object;

interface List {
  readonly title: Word;
  readonly rows: (sections: Sections) => readonly Row[] | undefined;
  readonly fields: readonly Word[];
}

const lists: readonly List[] = [
  {
    title: 'memoryModules',
    rows: (s) => s.hardware?.memory?.modules,
    fields: ['locator', 'sizeKiB', 'type', 'speedMTs', 'vendor', 'part', 'serial'],
  },
  {
    title: 'partitions',
    rows: (s) => s.hardware?.storage?.partitions,
    fields: ['name', 'drive', 'sizeKiB', 'type', 'filesystem', 'uuid'],
  },
  {
    title: 'volumeGroups',
    rows: (s) => s.hardware?.storage?.volumeGroups,
    fields: ['name', 'sizeKiB', 'freeKiB', 'physicalVolumes', 'logicalVolumes'],
  },
  {
    title: 'arrays',
    rows: (s) => s.hardware?.storage?.arrays,
    fields: ['name', 'level', 'state', 'degraded', 'sizeKiB', 'members'],
  },
  { title: 'controllers', rows: (s) => s.hardware?.storage?.controllers, fields: ['vendor', 'model'] },
  { title: 'gpus', rows: (s) => s.hardware?.gpus, fields: ['vendor', 'model'] },
  {
    title: 'powerSupplies',
    rows: (s) => s.hardware?.powerSupplies,
    fields: ['name', 'vendor', 'model', 'serial', 'state', 'maxWatts'],
  },
  { title: 'listeners', rows: (s) => s.network?.listeners, fields: ['protocol', 'address', 'port', 'process', 'pid'] },
  {
    title: 'edges',
    rows: (s) => s.topology?.edges,
    fields: [
      'protocol',
      'localPort',
      'remoteName',
      'remotePort',
      'remoteId',
      'remotePlatform',
      'remoteAddresses',
      'capabilities',
    ],
  },
  {
    title: 'ports',
    rows: (s) => s.networkDevice?.ports,
    fields: ['name', 'inOctets', 'outOctets', 'inErrors', 'outErrors', 'lastChange', 'poe'],
  },
  { title: 'vlans', rows: (s) => s.networkDevice?.vlans, fields: ['id', 'name', 'ports', 'untagged'] },
  { title: 'aggregates', rows: (s) => s.networkDevice?.aggregates, fields: ['name', 'members', 'protocol', 'partner'] },
  { title: 'forwardingDatabase', rows: (s) => s.networkDevice?.forwardingDatabase, fields: ['mac', 'port', 'vlan'] },
  {
    title: 'accessPoints',
    rows: (s) => s.networkDevice?.accessPoints,
    fields: ['name', 'mac', 'address', 'model', 'serial', 'clients'],
  },
  {
    title: 'services',
    rows: (s) => s.software?.services,
    fields: ['name', 'description', 'state', 'startup', 'user', 'manager'],
  },
  {
    title: 'scheduledTasks',
    rows: (s) => s.software?.scheduledTasks,
    fields: ['name', 'kind', 'schedule', 'user', 'nextRun', 'enabled', 'from'],
  },
  { title: 'features', rows: (s) => s.software?.features, fields: ['name', 'title', 'kind'] },
  {
    title: 'containers',
    rows: (s) => s.software?.containers,
    fields: ['name', 'image', 'state', 'runtime', 'ports', 'id'],
  },
  { title: 'images', rows: (s) => s.software?.images, fields: ['name', 'sizeKiB', 'runtime', 'id'] },
  { title: 'virtualMachines', rows: (s) => s.software?.virtualMachines, fields: ['name', 'state', 'platform', 'id'] },
  {
    title: 'users',
    rows: (s) => s.security?.users,
    fields: ['name', 'uid', 'gid', 'fullName', 'home', 'shell', 'enabled', 'lastLogin'],
  },
  { title: 'groups', rows: (s) => s.security?.groups, fields: ['name', 'gid', 'members'] },
  {
    title: 'certificates',
    rows: (s) => s.security?.certificates,
    fields: ['subject', 'issuer', 'notAfter', 'notBefore', 'names', 'path', 'serial'],
  },
  {
    title: 'pendingUpdates',
    rows: (s) => s.security?.pendingUpdates,
    fields: ['name', 'installed', 'version', 'security', 'source'],
  },
  { title: 'antivirus', rows: (s) => s.security?.antivirus, fields: ['name', 'version', 'active', 'upToDate'] },
  {
    title: 'supplies',
    rows: (s) => s.printer?.supplies,
    fields: ['description', 'type', 'color', 'percent', 'level', 'capacity', 'unit'],
  },
  { title: 'trays', rows: (s) => s.printer?.trays, fields: ['name', 'media', 'level', 'capacity', 'unit'] },
  { title: 'alerts', rows: (s) => s.printer?.alerts, fields: ['severity', 'text'] },
  { title: 'input', rows: (s) => s.ups?.input, fields: ['volts', 'amperes', 'watts', 'hertz'] },
  { title: 'output', rows: (s) => s.ups?.output, fields: ['volts', 'amperes', 'watts', 'hertz', 'loadPercent'] },
];

const summaries = {
  security: ['rebootRequired', 'firewall', 'mandatoryAccess'],
  printer: ['status', 'display', 'pages'],
  ups: [
    'batteryStatus',
    'chargePercent',
    'minutesRemaining',
    'secondsOnBattery',
    'batteryVolts',
    'batteryCelsius',
    'batteryReplacedAt',
    'outputSource',
    'loadPercent',
    'alarms',
  ],
} as const satisfies Partial<Record<keyof SectionData, readonly Word[]>>;

/** The API gives all of them. */
const maxRows = 1000;
const times = new Set<Word>(['lastChange', 'lastLogin', 'nextRun', 'notAfter', 'notBefore', 'batteryReplacedAt']);

/** The facts that a section states once, as one card. */
export function summaryCard(t: Texts, section: keyof typeof summaries, sections: Sections): Content {
  const data = sections[section];
  if (data === undefined) return undefined;
  const words = inventoryWords[t === languages.ja ? 'ja' : 'en'];
  return card(
    words[section],
    facts(summaries[section].map((field) => [words[field], cell(t, field, (data as Record<string, unknown>)[field])])),
  );
}

/** Every list that this node has, closed until somebody opens it. */
export function listCards(t: Texts, sections: Sections): Content {
  const words = inventoryWords[t === languages.ja ? 'ja' : 'en'];
  return lists.map(({ title, rows, fields }) => {
    const all = rows(sections) ?? [];
    // A column that no row fills would only make the table wide.
    const shown = fields.filter((field) => all.some((row) => (row as Record<string, unknown>)[field] !== undefined));
    const cells = (row: Row) => shown.map((field) => cell(t, field, (row as Record<string, unknown>)[field]));
    return folded(
      words[title],
      all.length,
      table(
        shown.map((field) => words[field]),
        all.slice(0, maxRows).map(cells),
      ),
    );
  });
}

function cell(t: Texts, field: Word, value: unknown): Content {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  if (typeof value === 'number') {
    if (field.endsWith('KiB')) return number(sizeOfKiB(value));
    return number(['id', 'port', 'pid', 'vlan'].includes(field) ? String(value) : count(value));
  }
  if (typeof value === 'string') return times.has(field) ? time(value) : value;
  if (Array.isArray(value)) return value.map(flat).join(', ');
  return flat(value);
}

const number = (text: string | undefined): Content => html`<span class="number">${text}</span>`;

/** An object inside a cell: its values, which are short where these lists hold objects. */
function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, item]) => (typeof item === 'string' ? item : `${name} ${item}`))
    .join(' ');
}
