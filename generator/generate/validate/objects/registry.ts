import type { Name } from './name.ts';

/** Names that were made, each with what is known of it. */
export class Registry<Value> {
  readonly #schemas = new Map<string, Map<string, Value>>();

  /** Whether anything may be meant by a name: in its schema, or in one that was not said. */
  has({ schema, name }: Name): boolean {
    const schemas = this.#schemas.get(name);
    return schemas !== undefined && (schema === '' || schemas.has(schema) || schemas.has(''));
  }

  get({ schema, name }: Name): Value | undefined {
    return this.#schemas.get(name)?.get(schema);
  }

  set({ schema, name }: Name, value: Value): void {
    const schemas = this.#schemas.get(name) ?? new Map<string, Value>();
    this.#schemas.set(name, schemas.set(schema, value));
  }

  delete({ schema, name }: Name): void {
    const schemas = this.#schemas.get(name);
    schemas?.delete(schema);
    if (schemas?.size === 0) this.#schemas.delete(name);
  }

  names(): string[] {
    return [...this.#schemas.keys()];
  }

  replace(by: (name: string, value: Value) => Value): void {
    for (const [name, schemas] of this.#schemas) for (const [schema, value] of schemas) schemas.set(schema, by(name, value));
  }
}
