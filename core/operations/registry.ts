/** The closed set of work that the space can order: registered once, at composition; a duplicate is an error there. */
import { failure, type Operation } from '../contract/index.js';

export class Registry {
  readonly #operations = new Map<string, { operation: Operation; by: string }>();

  add(operation: Operation, by: string): void {
    const known = this.#operations.get(operation.name);
    if (known !== undefined) {
      throw failure('E_PLUGIN', `operation ${operation.name} is registered by ${known.by} and again by ${by}`);
    }
    this.#operations.set(operation.name, { operation, by });
  }

  get(kind: string): Operation | undefined {
    return this.#operations.get(kind)?.operation;
  }

  names(): string[] {
    return [...this.#operations.keys()];
  }
}
