/** The data tables of data/*.json, read when they are first needed: `ksocket version` has no use for them. */
import { createRequire } from 'node:module';
import type { DeviceType } from 'ksocket/plugin';
import type accessPoints from './data/access-points.json';
import type deviceTypeTable from './data/device-types.json';
import type enterpriseNumbers from './data/enterprise-numbers.json';
import type enumerations from './data/enumerations.json';
import type interfaceTypes from './data/interface-types.json';
import type makerObjects from './data/maker-objects.json';
import type physicalClasses from './data/physical-classes.json';
import type productModels from './data/product-models.json';
import type systemDescriptions from './data/system-descriptions.json';
import type upsObjects from './data/ups-objects.json';

// By require, because an import of JSON makes Node 20 print a warning.
const require = createRequire(import.meta.url);

function table<File, Table>(file: string, shape: (file: File) => Table): () => Table {
  let made: Table | undefined;
  return () => {
    made ??= shape(require(`./data/${file}.json`) as File);
    return made;
  };
}

const enterprises = table('enterprise-numbers', (file: typeof enterpriseNumbers) => file.makers as Names);
type Names = Readonly<Record<string, string>>;

/** The name of an enterprise number that belongs to a maker of equipment. */
export const makerOf = (enterprise: string | undefined): string | undefined =>
  enterprise === undefined ? undefined : enterprises()[enterprise];

const agentNumbers = table('enterprise-numbers', (file: typeof enterpriseNumbers) => file.agents as Names);

/** True for the number of an agent that runs on anybody's machine, or none at all. */
export const isAgentNumber = (enterprise: string | undefined): boolean =>
  enterprise === undefined || agentNumbers()[enterprise] !== undefined;

const types = table('interface-types', (file: typeof interfaceTypes) => ({ ...file.names, ...file.common }) as Names);

/** The name of an IANAifType, the everyday one for the few that are everywhere. */
export const interfaceType = (type: number | undefined): string | undefined => types()[String(type)];

const classes = table('physical-classes', (file: typeof physicalClasses) => file.names as Names);

/** The name of a PhysicalClass. */
export const physicalClass = (value: number | undefined): string | undefined => classes()[String(value)];

type Enumerations = (typeof enumerations)['enumerations'];

const enumerationsTable = table(
  'enumerations',
  (file: typeof enumerations) => file.enumerations as Readonly<Record<string, { readonly names: Names }>>,
);

/** The word for a number of a MIB’s enumeration; undefined for a number that it does not name. */
export const enumerated = (name: keyof Enumerations | (string & {}), value: number | undefined): string | undefined =>
  value === undefined ? undefined : enumerationsTable()[name]?.names[value];

/** What a maker’s own objects say; each a list of OIDs of which the first that exists is taken. */
export type MakerObjects = Partial<Record<'vendor' | 'name' | 'model' | 'serial' | 'firmware' | 'version', string[]>>;

const objects = table('maker-objects', (file: typeof makerObjects) => ({
  any: file.any as MakerObjects,
  makers: file.makers as Readonly<Record<string, MakerObjects>>,
}));

/** The objects worth asking this enterprise’s agents for, the maker’s own first. */
export function objectsOf(enterprise: string | undefined): MakerObjects {
  const { any, makers } = objects();
  const own = enterprise === undefined ? {} : (makers[enterprise] ?? {});
  const both: MakerObjects = { ...any, ...own };
  for (const field of Object.keys(any) as (keyof MakerObjects)[])
    both[field] = [...(own[field] ?? []), ...(any[field] ?? [])];
  return both;
}

const models = table('product-models', (file: typeof productModels) => file.models as Names);

/** The model that a sysObjectID stands for by itself. */
export const modelOf = (objectId: string | undefined): string | undefined =>
  objectId === undefined ? undefined : models()[objectId];

/** A row of device-types.json. */
export interface DeviceTypeRow {
  readonly objectId?: string;
  readonly begins?: string;
  readonly has?: readonly string[];
  /** What the model begins with. */
  readonly model?: string;
  /** A prefix of the maker's objects that answered. */
  readonly answers?: string;
  readonly types: readonly DeviceType[];
}

export const deviceTypeRows = table(
  'device-types',
  (file: typeof deviceTypeTable) => file.rows as readonly DeviceTypeRow[],
);

/** A row of system-descriptions.json with its patterns compiled. */
export interface DescriptionRow {
  readonly begins?: string | undefined;
  readonly has?: readonly string[] | undefined;
  readonly objectId?: string | undefined;
  readonly family?: string | undefined;
  readonly name?: string | undefined;
  readonly uname?: boolean | undefined;
  readonly version?: RegExp | undefined;
  readonly build?: RegExp | undefined;
  readonly architecture?: RegExp | undefined;
  readonly model?: RegExp | undefined;
  readonly serial?: RegExp | undefined;
}

export const descriptionRows = table('system-descriptions', (file: typeof systemDescriptions): DescriptionRow[] => {
  const pattern = (source: string | undefined) => (source === undefined ? undefined : new RegExp(source));
  return (file.rows as DescriptionSource[]).map((row) => ({
    ...row,
    version: pattern(row.version),
    build: pattern(row.build),
    architecture: pattern(row.architecture),
    model: pattern(row.model),
    serial: pattern(row.serial),
  }));
});

type DescriptionSource = {
  [Field in keyof DescriptionRow]: DescriptionRow[Field] extends RegExp | undefined ? string : DescriptionRow[Field];
};

/** Columns of the lines of a UPS: the sub-identifier, and what one unit of it is. */
export interface UpsLines {
  readonly entry: string;
  readonly columns: Readonly<Record<string, readonly [column: number, unit: number]>>;
}

/** What one MIB says of a UPS: `words` by an enumeration, `numbers` by their unit. */
export interface UpsDialect {
  readonly entry: string;
  readonly words: Readonly<Record<string, readonly [oid: string, enumeration: string]>>;
  readonly numbers: Readonly<Record<string, readonly [oid: string, unit: number]>>;
  readonly batteryReplacedAt?: string;
  readonly input?: UpsLines;
  readonly output?: UpsLines;
  readonly outputHertz?: readonly [oid: string, unit: number];
}

export const upsDialects = table(
  'ups-objects',
  (file: typeof upsObjects) => file.dialects as unknown as readonly UpsDialect[],
);

/** A table of access points: its row, and the column of each field. */
export interface AccessPointTable {
  readonly entry: string;
  readonly macIndex?: boolean;
  readonly columns: Readonly<Record<string, number>>;
}

export const accessPointTables = table(
  'access-points',
  (file: typeof accessPoints) => file.tables as readonly AccessPointTable[],
);
