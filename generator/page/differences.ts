import type { PlannedStatement } from '../server/plan.ts';
import type { Report } from './report.ts';
import { count, number } from './words.ts';

interface DifferencesView {
  readonly sentence: string;
  /** For the style; empty where nobody looked. */
  readonly mood: 'well' | 'unwell' | '';
  readonly lists: readonly List[];
  readonly notes: readonly string[];
}

interface List {
  readonly title: string;
  readonly rows: readonly Pick<PlannedStatement, 'service' | 'statement' | 'reason'>[];
  /** How many more there are; 0 for none. */
  readonly more: string;
}

/** So many rows of a list are shown here; each service has its own as well. */
const ROWS = 100;

/** What the server has and the values do not, or the other way round. */
export function differencesView({ generated, found }: Report): DifferencesView {
  const { plan, restarts } = found?.on === 'the deployment' ? found.survey : { plan: [], restarts: [] };
  const needed = plan.filter(({ reported }) => !reported);
  const reported = plan.filter((row) => row.reported);
  const lists = [
    listOf('What the next run of provisioning does', needed),
    listOf('What provisioning leaves alone, with the statement that would mend it', reported),
    listOf('What the next upgrade with these values restarts the server for', restarts),
  ];
  return {
    sentence: sentenceOn(found, needed.length, reported.length + restarts.length),
    mood: found?.on !== 'the deployment' ? '' : plan.length + restarts.length === 0 ? 'well' : 'unwell',
    lists: lists.filter(({ rows }) => rows.length > 0),
    notes: generated.notes,
  };
}

function sentenceOn(found: Report['found'], needed: number, reported: number): string {
  if (found?.on !== 'the deployment') return 'No server of the deployment was asked; --url names one.';
  if (needed + reported === 0) return 'Nothing differs from values.yaml, inside the databases as well.';
  return `${count(needed, 'statement')} would be run, and ${count(reported, 'difference')} would be reported.`;
}

function listOf(title: string, plan: readonly PlannedStatement[]): List {
  const rows = plan.slice(0, ROWS).map(({ service, statement, reason }) => ({ service, statement, reason }));
  return { title, rows, more: plan.length > ROWS ? number(plan.length - ROWS) : '' };
}
