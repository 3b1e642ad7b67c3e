import type { Generated } from '../generate/generate.ts';
import type { Texts } from '../generate/read/texts.ts';
import type { Survey } from '../server/survey.ts';
import { accessView } from './access.ts';
import { budgetView } from './budget.ts';
import { differencesView } from './differences.ts';
import { drawingView } from './drawing.ts';
import { restartsView } from './restarts.ts';
import { serviceViews } from './services.ts';
import { sizesView } from './sizes.ts';
import { compileTemplates } from './templates.ts';
import { tilesOf } from './tiles.ts';
import { count } from './words.ts';

/** All that a report tells. */
export interface Report {
  /** When it was made, to the minute. */
  readonly made: string;
  /** The version of this program. */
  readonly program: string;
  readonly generated: Generated;
  /** What was found on a server, and on which kind: that of the deployment, or one that was made for this report alone. */
  readonly found?: Found;
  /** What a reader should know of how this was made, a sentence each. */
  readonly remarks: readonly string[];
}

export interface Found {
  readonly on: 'the deployment' | 'a throw-away server';
  readonly survey: Survey;
}

/** Up to so many services everything is open from the start, and printed. */
const FEW = 6;

/** From so many services on diagrams are pictures, which a browser reads when they are looked at; in a page of fewer one can search their texts. */
const MANY = 100;

/** The page: one file that asks nothing of a network, and in which no text of a service is anything but text. */
export async function renderReport(report: Report, templates: Texts): Promise<string> {
  const { services } = report.generated.model;
  const { page, picture } = compileTemplates(templates);
  return page({
    title: `shared-postgresql: ${count(services.length, 'service')}`,
    made: report.made,
    program: report.program,
    source: sourceOf(report),
    remarks: report.remarks,
    isFew: services.length <= FEW,
    tiles: tilesOf(report),
    drawing: drawingView(report),
    access: accessView(report),
    budget: budgetView(report),
    sizes: sizesView(report),
    differences: differencesView(report),
    restarts: restartsView(report),
    services: await serviceViews(report, services.length > MANY ? picture : undefined),
  });
}

function sourceOf({ found }: Report): string {
  if (!found) return 'from values.yaml alone: nobody asked a server';
  const { version, address, since } = found.survey.server;
  return found.on === 'the deployment'
    ? `from values.yaml and the server ${address}, PostgreSQL ${version}, running since ${since}`
    : `from values.yaml and the schema files, tried on a PostgreSQL ${version} that was made for this page and is gone`;
}
