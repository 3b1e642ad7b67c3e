import { settingsForArchive } from './budget/archive.ts';
import { divideConnections, RESERVED_CONNECTIONS } from './budget/connections.ts';
import { settingsForMany, type ServerSetting } from './budget/databases.ts';
import { divideDisk } from './budget/disk.ts';
import { divideMemory, type MemorySetting } from './budget/memory.ts';
import type { BudgetRow, Sum } from './budget/sum.ts';
import type { CompleteValues } from './contract.ts';
import { engineOf } from './engine.ts';

/** What the server's connections, memory and disk are divided into, and the settings that follow. */
export interface Budget {
  /** What the chart writes into postgresql.conf, where postgresql.settings does not say otherwise. */
  readonly server: ServerSettings;
  readonly connections: Sum;
  /** What is taken of the memory, in kB; undefined when the container has no memory limit, and for a server whose size is not in the values. */
  readonly memory?: Sum;
  /** What is taken of the volume before the services write anything, in kB; undefined as well where its size is not in the values. */
  readonly disk?: Sum;
  /** The whole table. */
  readonly rows: readonly BudgetRow[];
}

export interface ServerSettings {
  readonly maxConnections: number;
  readonly reservedConnections: number;
  /** By rules, because the memory limit is a knob. Empty when the container has none. */
  readonly memory: readonly MemorySetting[];
  readonly settings: readonly ServerSetting[];
}

/** Divides connections, memory and disk. Whether they suffice is for the rules to say. */
export function divide(values: CompleteValues): Budget {
  const connections = divideConnections(values);
  const { isSized } = engineOf(values);
  const memory = isSized ? divideMemory(values, connections) : undefined;
  const disk = isSized ? divideDisk(values) : undefined;
  return {
    server: {
      maxConnections: connections.available,
      reservedConnections: RESERVED_CONNECTIONS,
      memory: memory?.settings ?? [],
      settings: [...settingsForMany(values), ...settingsForArchive(values)],
    },
    connections,
    memory: memory?.sum,
    disk,
    rows: [...connections.rows, ...(memory?.rows ?? []), ...(disk?.rows ?? [])],
  };
}
