import { isRecord } from './fields.ts';
import { formerOf, type Former, type FormerService } from './former.ts';
import { listShort } from './lists.ts';
import type { Model, Service } from './model.ts';
import { InputError } from './problem.ts';
import type { Input } from './read.ts';
import { problemOf } from './validate/finding.ts';
import { nearest } from './validate/nearest.ts';

type Present = Pick<Model, 'services' | 'dropped' | 'declaredServices'>;

/** What becomes of services that the chart declared otherwise when it was generated last, before it happens to a server. */
export function noteChanges({ services: before }: Former, model: Present): string[] {
  const { gone, renamed } = compareServices(before, model);
  const off = gone.filter(({ name }) => isDeclared(model, name));
  const removed = gone.filter(({ name }) => !isDeclared(model, name));
  return [
    ...renamed.map(([service, after]) => sentenceOnRenamed(service, after)),
    ...lockedOut(removed, 'no longer declared'),
    ...lockedOut(off, 'switched off'),
    ...before.flatMap((service) =>
      model.services.filter(({ name }) => name === service.name).flatMap((now) => moved(service, now)),
    ),
  ];
}

/** Throws InputError when nothing is left of a list that had services: most often it was lost, by an indentation or a merge. */
export function refuseEmptied({ parsed, chart }: Pick<Input, 'parsed' | 'chart'>, { declaredServices }: Present): void {
  const before = formerOf(chart)?.services ?? [];
  if (before.length === 0 || (isRecord(declaredServices) && Object.keys(declaredServices).length > 0)) return;
  const names = listShort(before.map(({ name }) => name));
  const message = `there is no service, and the chart has ${before.length}: ${names}; provisioning would lock all their logins`;
  const hint = 'Look whether the list is indented below "services:"; --allow-empty takes it as it is.';
  throw new InputError([problemOf(parsed, { path: ['services'], message, hint })]);
}

interface Compared {
  readonly gone: readonly FormerService[];
  /** Services that are gone, each with the new one that it may have become. */
  readonly renamed: readonly (readonly [FormerService, Service])[];
}

function compareServices(before: readonly FormerService[], { services, dropped }: Present): Compared {
  const present = new Set([...services, ...dropped].map(({ name }) => name));
  const former = new Set(before.map(({ name }) => name));
  const gone = before.filter(({ name }) => !present.has(name));
  const added = new Set(services.filter(({ name }) => !former.has(name)));
  const renamed = gone.flatMap((service): [FormerService, Service][] => {
    const after = successorOf(service, [...added], gone.length);
    if (after !== undefined) added.delete(after);
    return after === undefined ? [] : [[service, after]];
  });
  const known = new Set(renamed.map(([service]) => service));
  return { gone: gone.filter((service) => !known.has(service)), renamed };
}

/** Of the services that are new the one that this became: it has its database, its schema files or nearly its name, or there are no others. */
function successorOf(service: FormerService, added: readonly Service[], gone: number): Service | undefined {
  const meant = nearest(
    service.name,
    added.map(({ name }) => name),
  );
  return (
    added.find(({ database }) => database === service.database) ??
    added.find(
      ({ schemaFiles }) => schemaFiles.length > 0 && schemaFiles.map(({ name }) => name).join() === service.files.join(),
    ) ??
    added.find(({ name }) => name === meant) ??
    (gone === 1 && added.length === 1 ? added[0] : undefined)
  );
}

function sentenceOnRenamed({ name, database, user }: FormerService, after: Service): string {
  const isTaken = after.database === database;
  if (isTaken && after.adopt !== null) return `${after.name} takes over database ${database}, which was made for ${name}`;
  const names = isTaken ? '' : `"database: ${database}", "user: ${user}" and `;
  return (
    `${name} is gone and ${after.name} is new: as it stands, the logins of ${name} are locked and its database ${database} stays, with its data. ` +
    `If ${after.name} is ${name} under another name, write ${names}the line "adopt: confirm-${database}-<number>" that plan prints into its entry`
  );
}

function lockedOut(services: readonly FormerService[], why: string): string[] {
  if (services.length === 0) return [];
  const are = services.length === 1 ? 'is' : 'are';
  const logins = services.flatMap(({ user, roles }) => [user, ...roles]);
  const databases = services.map(({ database }) => database);
  return [
    `${listShort(services.map(({ name }) => name))} ${are} ${why}: the next upgrade locks ${listShort(logins)}; ` +
      `what is in ${listShort(databases)} stays`,
  ];
}

/** A service that is given another database or login than it had. */
function moved({ name, database, user, roles }: FormerService, now: Service): string[] {
  const kept = new Set([now.user, ...now.roles.map((role) => role.user)]);
  const locked = [user, ...roles].filter((login) => !kept.has(login));
  const left =
    now.database === database
      ? []
      : [`${name} is given database ${now.database}, which is new to it; what is in ${database} stays there`];
  return [...left, ...(locked.length > 0 ? [`${name} no longer has ${listShort(locked)}: the next upgrade locks it`] : [])];
}

function isDeclared({ declaredServices }: Present, name: string): boolean {
  return isRecord(declaredServices) && Object.hasOwn(declaredServices, name);
}
