/** ENTITY-MIB (RFC 6933): the parts of a device, and which of them is the device itself. */
import { filledIn, type SectionData } from 'ksocket/plugin';
import type { Agent } from '../agent.js';
import { Table, type TableEnd } from '../table.js';
import { physicalClass } from '../tables.js';
import { count, integer, text } from '../value.js';
import { only } from './system.js';

const columns = [
  '1.3.6.1.2.1.47.1.1.1.1.2', // entPhysicalDescr
  '1.3.6.1.2.1.47.1.1.1.1.4', // entPhysicalContainedIn
  '1.3.6.1.2.1.47.1.1.1.1.5', // entPhysicalClass
  '1.3.6.1.2.1.47.1.1.1.1.7', // entPhysicalName
  '1.3.6.1.2.1.47.1.1.1.1.8', // entPhysicalHardwareRev
  '1.3.6.1.2.1.47.1.1.1.1.9', // entPhysicalFirmwareRev
  '1.3.6.1.2.1.47.1.1.1.1.10', // entPhysicalSoftwareRev
  '1.3.6.1.2.1.47.1.1.1.1.11', // entPhysicalSerialNum
  '1.3.6.1.2.1.47.1.1.1.1.12', // entPhysicalMfgName
  '1.3.6.1.2.1.47.1.1.1.1.13', // entPhysicalModelName
];

/** A fully equipped chassis has some thousand ports, transceivers and sensors. */
const mostComponents = 10_000;

/** A blade enclosure or core router has some twenty. */
const mostPowerSupplies = 200;

export type Component = NonNullable<SectionData['networkDevice']['components']>[number];

/** How well a component stands for the whole device. */
const ranks = { chassis: 3, stack: 2, root: 1, part: 0 } as const;

export class Components {
  readonly #table: Table;
  readonly powerSupplies: Component[] = [];
  #device: { component: Component; rank: number } | undefined;

  constructor(agent: Agent) {
    this.#table = new Table(agent, columns, mostComponents);
  }

  get end(): TableEnd {
    return this.#table.end;
  }

  /** The first chassis that has a model or serial number; meaningful after `rows` is done. */
  get chassis(): Component | undefined {
    return this.#device?.rank === ranks.chassis ? this.#device.component : undefined;
  }

  /** Without a chassis: the first stack, or the first component that is contained in nothing. */
  get whole(): Component | undefined {
    return this.#device?.component;
  }

  /** @throws Failure when the agent is gone */
  async *rows(): AsyncGenerator<Component> {
    for await (const { index, cells } of this.#table.rows()) {
      const [descr, containedIn, type, name, hardware, firmware, software, serial, maker, model] = cells;
      const component: Component = {
        ...only('index', /^\d{1,10}$/.test(index) ? Number(index) : undefined),
        ...only('containedIn', count(containedIn) || undefined),
        ...only('class', physicalClass(integer(type))),
        ...only('name', text(name)),
        ...only('description', text(descr)),
        ...only('vendor', text(maker)),
        ...only('model', text(model)),
        ...only('serial', filledIn(text(serial))),
        ...only('hardware', text(hardware)),
        ...only('firmware', text(firmware)),
        ...only('software', text(software)),
      };
      this.#consider(component, integer(containedIn) === 0);
      if (component.class === 'powerSupply' && this.powerSupplies.length < mostPowerSupplies)
        this.powerSupplies.push(component);
      yield component;
    }
  }

  #consider(component: Component, isRoot: boolean): void {
    if (component.model === undefined && component.serial === undefined) return;
    const { chassis, stack, root, part } = ranks;
    const rank = component.class === 'chassis' ? chassis : component.class === 'stack' ? stack : isRoot ? root : part;
    if (rank > (this.#device?.rank ?? part)) this.#device = { component, rank };
  }
}
