import { isRecord, valueAt } from './fields.ts';
import { formerOf } from './former.ts';
import { loginsOf, type Owned } from './logins.ts';
import type { Model } from './model.ts';
import { ARCHIVE } from './platform.ts';
import type { Input } from './read.ts';

/** What becomes of logins whose counter is another than in the chart that is there, where somebody has to do something about it. */
export function noteRotations(
  { chart }: Pick<Input, 'chart'>,
  model: Pick<Model, 'services' | 'ownedElsewhere' | 'platformLogins'>,
): string[] {
  // A login of the platform that reads several services is a role of each.
  return [...new Set([...ofServices(chart, model), ...ofPlatform(chart, model)])];
}

function ofServices(chart: Input['chart'], { services, ownedElsewhere }: Pick<Model, 'services' | 'ownedElsewhere'>): string[] {
  return loginsOf({ services }).flatMap((login) => {
    const before = formerRotation(chart?.files.get(`templates/services/${login.service.name}.yaml`), login);
    if (before === undefined || before === login.rotation) return [];
    if (ownedElsewhere.includes(login.user)) return [takesTurns(login)];
    return lowered(fieldOf(login), before, login.rotation);
  });
}

function ofPlatform(chart: Input['chart'], { platformLogins }: Pick<Model, 'platformLogins'>): string[] {
  const former = formerOf(chart)?.rotations;
  return platformLogins.flatMap(({ name, rotation }) =>
    lowered(name === ARCHIVE ? 'backup.pointInTime' : `platformLogins.${name.slice(1)}`, former?.get(name) ?? 0, rotation),
  );
}

/** Where values.yaml has the login. */
function fieldOf(login: Owned): string {
  const [, role] = stepsTo(login);
  const isOfPlatform = login.service.roles.some(({ name, ofPlatform }) => name === role && ofPlatform);
  return isOfPlatform ? `platformLogins.${role}` : ['services', login.service.name, ...stepsTo(login)].join('.');
}

/** As after a commit that was reverted. */
function lowered(field: string, before: number, rotation: number): string[] {
  if (before <= rotation) return [];
  return [
    `${field}.rotation goes down from ${before} to ${rotation}: where ${before} was installed, ` +
      `a derived password that was given up comes back; write ${before + 1}`,
  ];
}

/** The chart writes no such Secret, and who goes on with the former login is locked out. */
function takesTurns({ credential, passwordSecret, user }: Owned): string {
  return (
    `${credential} has its password from the Secret ${passwordSecret}, which is yours: with the next upgrade write ${user} and another password ` +
    'into all that it has for those who connect; the former login ends after auth.rotationGrace'
  );
}

/** What the template of a service says of a login's counter; undefined where nobody knows of one before. */
function formerRotation(template: string | undefined, login: Owned): number | undefined {
  const text = /\(fromJson `(.*)`\)/.exec(template ?? '')?.[1];
  if (text === undefined) return undefined;
  const number = valueAt(parsed(text), [...stepsTo(login), 'rotation']);
  return typeof number === 'number' ? number : 0;
}

function stepsTo({ credential, service }: Owned): string[] {
  return credential === service.name ? [] : ['roles', credential.slice(service.name.length + 1)];
}

/** Somebody may have edited it. */
function parsed(text: string): unknown {
  try {
    const data: unknown = JSON.parse(text);
    return isRecord(data) ? data : undefined;
  } catch {
    return undefined;
  }
}
