import type { Service } from '../generate/model.ts';
import type { PlannedStatement } from '../server/plan.ts';
import { connectionsOfService } from './budget.ts';
import { diagramOf, type DiagramView } from './diagram.ts';
import type { Report } from './report.ts';
import type { Templates } from './templates.ts';
import { count, number, size } from './words.ts';

interface ServiceView {
  readonly name: string;
  readonly database: string;
  /** What the search looks in. */
  readonly find: string;
  readonly chips: readonly { readonly text: string; readonly mood: 'plain' | 'bad' }[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly logins: readonly { readonly user: string; readonly may: string; readonly limit: string; readonly secret: string }[];
  readonly files: readonly { readonly name: string; readonly state: string }[];
  readonly differences: readonly Pick<PlannedStatement, 'statement' | 'reason'>[];
  /** How many more differences there are; empty for none. */
  readonly more: string;
  readonly diagram?: DiagramView;
  /** The diagram instead, where it is a picture. */
  readonly picture?: Pick<DiagramView, 'width' | 'height'> & { readonly source: string };
  /** Why there is no diagram, or what it leaves out; empty for neither. */
  readonly remark: string;
}

/** So many differences are shown of a service, which may have made any number of them. */
const ROWS = 1000;

/** All that is told of each service, the diagrams as what `picture` makes of them, if it is there. */
export async function serviceViews(report: Report, picture?: Templates['picture']): Promise<ServiceView[]> {
  const differences = new Map<string, PlannedStatement[]>();
  for (const row of report.found?.survey.plan ?? []) {
    const rows = differences.get(row.service);
    if (rows) rows.push(row);
    else differences.set(row.service, [row]);
  }
  const views: ServiceView[] = [];
  for (const service of report.generated.model.services) {
    const view = await viewOf(service, report, differences.get(service.name) ?? []);
    views.push(picture && view.diagram ? { ...view, diagram: undefined, picture: pictureOf(view.diagram, picture) } : view);
  }
  return views;
}

function pictureOf(diagram: DiagramView, picture: Templates['picture']): ServiceView['picture'] {
  return { source: picture(diagram), width: diagram.width, height: diagram.height };
}

async function viewOf(service: Service, report: Report, differences: readonly PlannedStatement[]): Promise<ServiceView> {
  const { name, database, login, roles } = service;
  const tables = report.found?.survey.tables.get(name);
  const diagram = typeof tables === 'object' ? await diagramOf(tables) : undefined;
  return {
    name,
    database,
    find: [name, database, login, ...roles.map((role) => role.login)].join(' ').toLowerCase(),
    chips: chipsOf(service, report, differences.length),
    facts: factsOf(service, report),
    logins: loginsOf(service),
    files: service.schemaFiles.map((file) => ({ name: file.name, state: stateOf(file.name, service, report, differences) })),
    differences: differences.slice(0, ROWS).map(({ statement, reason }) => ({ statement, reason })),
    more: differences.length > ROWS ? number(differences.length - ROWS) : '',
    diagram,
    picture: undefined,
    remark: diagram?.remark ?? whyNone(tables),
  };
}

function whyNone(tables: object | string | undefined): string {
  if (typeof tables === 'string') return `Nobody can look into it: ${tables}`;
  return tables === undefined ? 'No diagram: no server was asked.' : 'It has no tables yet.';
}

function chipsOf({ name, database }: Service, { found }: Report, differences: number): ServiceView['chips'] {
  if (!found) return [];
  const tables = found.survey.tables.get(name);
  const facts = found.on === 'the deployment' ? found.survey.databases.get(database) : undefined;
  return [
    ...(facts ? [size(facts.bytes), count(facts.sessions, 'session')] : []),
    ...(typeof tables === 'object' ? [count(tables.total, 'table')] : []),
  ]
    .map((text): ServiceView['chips'][number] => ({ text, mood: 'plain' }))
    .concat(differences > 0 ? [{ text: count(differences, 'difference'), mood: 'bad' }] : []);
}

function factsOf(service: Service, { found }: Report): ServiceView['facts'] {
  const { settings, extensions, adminExtensions, placements, encoding, locale } = service;
  const facts = found?.on === 'the deployment' ? found.survey.databases.get(service.database) : undefined;
  const set = Object.entries(settings).flatMap(([name, value]) =>
    value === null ? [] : [{ name, value: typeof value === 'string' ? value : value.join(', ') }],
  );
  const all = [...extensions, ...adminExtensions].map((name) => [name, placements[name]?.version ?? ''].join(' ').trim());
  const from = locale.provider === '' ? '' : `, locale ${locale.name} of ${locale.provider}`;
  return [
    ...(facts ? [{ name: 'size', value: size(facts.bytes) }] : []),
    { name: 'connections', value: promised(service, facts?.sessions) },
    { name: 'encoding', value: `${encoding}${from}` },
    ...(all.length > 0 ? [{ name: 'extensions', value: all.join(', ') }] : []),
    ...set,
  ];
}

function promised(service: Service, open: number | undefined): string {
  const limit = `at most ${number(connectionsOfService(service))}`;
  return open === undefined ? limit : `${number(open)} open, ${limit}`;
}

const MAY = { readonly: 'reads', readwrite: 'reads and writes', migrator: 'changes its schemas' };

function loginsOf({ login, connectionLimit, secretName, roles }: Service): ServiceView['logins'] {
  return [
    { user: login, may: 'owns its schemas', limit: number(connectionLimit), secret: secretName },
    ...roles.map((role) => ({
      user: role.login,
      may: MAY[role.access],
      limit: number(role.connectionLimit),
      secret: role.secretName,
    })),
  ];
}

/** The plan has a row for each file that is not applied, which names it first. */
function stateOf(file: string, { user }: Service, { found }: Report, differences: readonly PlannedStatement[]): string {
  if (!found) return '';
  const row = differences.find(({ statement }) => statement === `apply ${file} as ${user}`);
  if (row) return row.reason;
  return found.on === 'the deployment' ? 'applied' : 'applied there';
}
