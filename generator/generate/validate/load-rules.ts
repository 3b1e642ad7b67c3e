import { readdirSync } from 'node:fs';
import { isRecord } from '../fields.ts';
import type { Rule } from './rule.ts';

const FOLDER = new URL('rules/', import.meta.url);

let loaded: Promise<ReadonlyMap<string, Rule>> | undefined;

/** The rules by the names of their files. The folder is the list. Throws for a file that exports none: that is a bug. */
export function loadRules(): Promise<ReadonlyMap<string, Rule>> {
  return (loaded ??= importRules());
}

async function importRules(): Promise<ReadonlyMap<string, Rule>> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
  return new Map(await Promise.all(files.map(async (file) => [file, await loadRule(file)] as const)));
}

async function loadRule(file: string): Promise<Rule> {
  const module: unknown = await import(new URL(file, FOLDER).href);
  const rule = isRecord(module) ? module['rule'] : undefined;
  if (!isRule(rule)) throw new Error(`rules/${file} exports no function named rule`);
  return rule;
}

/** The compiler checks what a rule takes and gives; here it only matters that it can be asked. */
function isRule(value: unknown): value is Rule {
  return typeof value === 'function';
}
