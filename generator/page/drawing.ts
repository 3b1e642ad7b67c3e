import type { Model, Service } from '../generate/model.ts';
import { shorten } from './boxes.ts';
import type { Report } from './report.ts';
import { count, number, size } from './words.ts';

/** The deployment as a drawing; sizes are in its pixels, the places that never change stand in the template. */
interface DrawingView {
  readonly height: number;
  readonly server: { readonly height: number; readonly title: string; readonly about: string };
  readonly rows: readonly Row[];
  /** Of the rows that are left out; empty for none. */
  readonly more: string;
  readonly moreY: number;
  readonly jobY: number;
  readonly volume: string;
}

interface Row {
  readonly y: number;
  readonly name: string;
  readonly secret: string;
  readonly login: string;
  readonly database: string;
  readonly about: string;
}

/** Services that are drawn; of more the page has a list. */
const DRAWN = 8;
const TOP = 64;
const ROW = 66;

export function drawingView(report: Report): DrawingView {
  const { model } = report.generated;
  const { services, server, budget } = model;
  const drawn = services.slice(0, services.length > DRAWN ? DRAWN - 1 : DRAWN);
  const left = services.length - drawn.length;
  const moreY = TOP + drawn.length * ROW;
  const jobY = moreY + (left > 0 ? 46 : 0) + 4;
  return {
    height: jobY + 66,
    server: {
      height: jobY + 60,
      title: `PostgreSQL ${server.major}`,
      about: aboutServer(model),
    },
    rows: drawn.map((service, index) => rowOf(service, TOP + index * ROW, report)),
    more: left > 0 ? `and ${count(left, 'service')} more, each with a database, a login and a Secret of its own` : '',
    moreY,
    jobY,
    volume: volumeOf(budget.disk?.available),
  };
}

function rowOf(service: Service, y: number, { found }: Report): Row {
  const { name, secretName, user, roles, database } = service;
  const logins = roles.length === 0 ? user : `${user} and ${count(roles.length, 'role')}`;
  const about = [`at most ${count(service.connectionLimit, 'connection')}`];
  const tables = found?.survey.tables.get(name);
  if (typeof tables === 'object') about.unshift(count(tables.total, 'table'));
  const facts = found?.on === 'the deployment' ? found.survey.databases.get(database) : undefined;
  if (facts) about.unshift(size(facts.bytes));
  return {
    y,
    name: shorten(name, 34),
    secret: shorten(secretName, 40),
    login: shorten(logins, 29),
    database: shorten(database, 30),
    about: about.join(', '),
  };
}

function aboutServer({ engine, server, budget }: Model): string {
  if (!engine.isSized) return engine.address?.host ?? '';
  const memory = server.memoryLimit === undefined ? '' : `, ${size(server.memoryLimit * 1024)} of memory`;
  const where = engine.operator === undefined ? 'one pod' : `pods of ${engine.operator.name}`;
  return `${where}${memory}, ${number(budget.connections.available)} connections`;
}

function volumeOf(available: number | undefined): string {
  if (available === undefined) return 'on a server of others';
  return Number.isFinite(available) ? `on a volume of ${size(available * 1024)}` : 'on a claim of yours';
}
