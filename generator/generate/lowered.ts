import { isRecord, valueAt } from './fields.ts';
import { loginsOf, type Owned } from './logins.ts';
import type { Model } from './model.ts';
import type { Input } from './read.ts';

/** A sentence for each login whose counter is lower than in the chart that is there, as after a commit that was reverted. */
export function noteLowered({ chart }: Pick<Input, 'chart'>, model: Pick<Model, 'services'>): string[] {
  return loginsOf(model).flatMap((login) => {
    const before = formerRotation(chart?.files.get(`templates/services/${login.service.name}.yaml`), login);
    if (before <= login.rotation) return [];
    const path = ['services', login.service.name, ...stepsTo(login), 'rotation'].join('.');
    return [
      `${path} goes down from ${before} to ${login.rotation}: where ${before} was installed, a derived password that was given up comes back; write ${before + 1}`,
    ];
  });
}

/** What the template of a service says of a login's counter; 0 where nobody can know. */
function formerRotation(template: string | undefined, login: Owned): number {
  const text = /\(fromJson `(.*)`\)/.exec(template ?? '')?.[1];
  const number = valueAt(text === undefined ? undefined : parsed(text), [...stepsTo(login), 'rotation']);
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
