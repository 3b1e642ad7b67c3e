import { isRecord, valueAt } from '../../fields.ts';
import type { Rule } from '../rule.ts';

/** The sections of engine that are for one kind alone. */
const SECTIONS = { external: 'external', cloudnativePg: 'cloudnative-pg' } as const;

/** What is said of an engine has it chosen by engine.kind: whoever forgets that would get a pod. */
export const rule: Rule = ({ given, values: { engine } }) =>
  Object.entries(SECTIONS)
    .filter(([section, kind]) => engine.kind !== kind && isSaid(valueAt(given, ['engine', section])))
    .map(([section, kind]) => ({
      path: ['engine', section],
      message: `it is about kind ${kind}, and engine.kind is ${engine.kind}`,
      hint: `Set engine.kind to ${kind}, or take this out.`,
    }));

/** Whether anything stands there: null, and a map of nothing, say nothing. */
const isSaid = (value: unknown): boolean =>
  isRecord(value) ? Object.values(value).some(isSaid) : value !== undefined && value !== null;
