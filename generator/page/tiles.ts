import type { Report } from './report.ts';
import { number, percent, size } from './words.ts';

/** A figure at the head of the page. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly about: string;
  /** A word for the style: good and bad have colours. */
  readonly mood: 'plain' | 'good' | 'bad';
}

/** What somebody with one minute should know. */
export function tilesOf(report: Report): Tile[] {
  const { model } = report.generated;
  const { connections, memory } = model.budget;
  return [
    tile('services', number(model.services.length), `PostgreSQL ${model.server.major}, one server`),
    isolation(report),
    ...drift(report),
    tile(
      'connections',
      percent(connections.needed, connections.available),
      `${number(connections.needed)} of ${number(connections.available)} promised`,
    ),
    ...(memory ? [tile('memory', percent(memory.needed, memory.available), `of ${size(memory.available * 1024)} expected`)] : []),
    ...data(report),
  ];
}

function tile(name: string, value: string, about: string, mood: Tile['mood'] = 'plain'): Tile {
  return { name, value, about, mood };
}

function isolation({ found }: Report): Tile {
  if (!found) return tile('isolation', 'declared', 'no server was asked');
  const { access, isProven } = found.survey;
  const how = isProven ? `${number(access.attempts.length)} real logins` : 'by the catalogs';
  if (access.wrong.length > 0) return tile('isolation', number(access.wrong.length), `findings, ${how}`, 'bad');
  return tile(
    'isolation',
    isProven ? 'proven' : 'as declared',
    found.on === 'the deployment' ? how : `${how}, on a throw-away server`,
    'good',
  );
}

function drift({ found }: Report): Tile[] {
  if (found?.on !== 'the deployment') return [];
  const length = found.survey.plan.length + found.survey.restarts.length;
  return [
    tile('differences', length === 0 ? 'none' : number(length), 'between values and server', length === 0 ? 'good' : 'bad'),
  ];
}

function data({ found }: Report): Tile[] {
  if (found?.on !== 'the deployment') return [];
  const bytes = [...found.survey.databases.values()].reduce((sum, database) => sum + database.bytes, 0);
  return [tile('data', size(bytes), `in ${number(found.survey.databases.size)} databases`)];
}
