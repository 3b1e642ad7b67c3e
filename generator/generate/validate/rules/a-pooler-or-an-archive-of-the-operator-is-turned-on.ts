import { isRecord, valueAt } from '../../fields.ts';
import type { Rule } from '../rule.ts';

/** What turns each on; the other fields say how it is then. */
const SWITCHES = [
  { section: 'pooler', field: 'instances', hint: 'Say how many, for example instances: 2.' },
  { section: 'archive', field: 'destination', hint: 'Say where, for example destination: s3://bucket/folder.' },
] as const;

/** Whoever says how the operator's pooler or archive is says that there is one. */
export const rule: Rule = ({ given }) =>
  SWITCHES.flatMap(({ section, field, hint }) => {
    const said = valueAt(given, ['engine', 'cloudnativePg', section]);
    if (!isRecord(said) || field in said || Object.values(said).every((value) => value === null)) return [];
    return [{ path: ['engine', 'cloudnativePg', section], message: `there is none without ${field}, which is left out`, hint }];
  });
