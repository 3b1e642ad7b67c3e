import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { isRecord } from '../generate/fields.ts';
import { documentsIn } from '../manifests/objects.ts';
import { textAt } from './fields.ts';

/** What becomes of one object. */
export interface ObjectChange {
  readonly kind: string;
  readonly name: string;
  /** Where it says so itself; else the release's. */
  readonly namespace: string;
  /** `kept` is no longer of the release, and stays. */
  readonly change: 'added' | 'changed' | 'removed' | 'kept';
  /** Where it changes, never to what: a Secret is one as well. */
  readonly fields: readonly string[];
  /** Whether the server's pod is made anew by it. */
  readonly restarts: boolean;
}

/**
 * How two manifests of a release differ, object by object. The Job has another name in every revision, which is no change; what else of it differs is told where
 * nothing else does, since it follows from the rest most often.
 */
export function compareManifests(before: string, after: string): ObjectChange[] {
  const [former, next] = [documentsIn(before), documentsIn(after)];
  const [known, wanted] = [new Set(former), new Set(next)];
  // Most are the same to the letter, and parsing takes longer than all else.
  const old = objectsOf(former.filter((text) => !wanted.has(text)));
  const fresh = objectsOf(next.filter((text) => !known.has(text)));
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const changes = keys.flatMap((key) => changeBetween(old.get(key), fresh.get(key)));
  const others = changes.filter(({ kind, name }) => !(kind === 'Job' && name === nameOfRun(fresh)));
  return others.length > 0 ? others : changes;
}

/** The name of the Job that a revision of a release runs. */
export function jobIn(manifest: string): string {
  const texts = documentsIn(manifest).filter((text) => /^kind: Job$/m.test(text));
  return nameOfRun(objectsOf(texts));
}

const nameOfRun = (objects: ReadonlyMap<string, unknown>): string =>
  textAt([...objects.values()].find(isRun), 'metadata', 'name');

const isRun = (object: unknown): boolean => textAt(object, 'kind') === 'Job' && componentOf(object) === 'provisioning';
const componentOf = (object: unknown): string => textAt(object, 'metadata', 'labels', 'app.kubernetes.io/component');

function objectsOf(texts: readonly string[]): Map<string, unknown> {
  const objects = texts.map((text): unknown => parse(text, { logLevel: 'silent' }));
  return new Map(objects.filter(isRecord).map((object) => [keyOf(object), object]));
}

/** What no other object of a release has; of the Job, of which each has one, without its name. */
export function keyOf(object: unknown): string {
  const name = isRun(object) ? '' : textAt(object, 'metadata', 'name');
  return [textAt(object, 'kind'), textAt(object, 'metadata', 'namespace'), name].join(' ');
}

function changeBetween(old: unknown, fresh: unknown): ObjectChange[] {
  const object = fresh ?? old;
  const [kind, name, namespace] = [
    textAt(object, 'kind'),
    textAt(object, 'metadata', 'name'),
    textAt(object, 'metadata', 'namespace'),
  ];
  const base = { kind, name, namespace, fields: [], restarts: false };
  if (old === undefined) return [{ ...base, change: 'added' }];
  if (fresh === undefined) return [{ ...base, change: isKept(old) ? 'kept' : 'removed' }];
  const fields = pathsBetween(old, fresh, '').filter((path) => !(isRun(fresh) && path === 'metadata.name'));
  if (fields.length === 0) return [];
  const isServer = ['StatefulSet', 'Deployment'].includes(kind) && componentOf(object) === 'server';
  return [{ ...base, change: 'changed', fields, restarts: isServer && fields.some((path) => path.startsWith('spec.template')) }];
}

const isKept = (object: unknown): boolean => textAt(object, 'metadata', 'annotations', 'helm.sh/resource-policy') === 'keep';

/** The paths below which two values differ, as short as they tell where. */
export function pathsBetween(old: unknown, fresh: unknown, path: string): string[] {
  if (isDeepStrictEqual(old, fresh)) return [];
  if (isRecord(old) && isRecord(fresh)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].sort();
    return keys.flatMap((key) => pathsBetween(old[key], fresh[key], joined(path, key)));
  }
  if (Array.isArray(old) && Array.isArray(fresh) && old.length === fresh.length)
    return old.flatMap((each, index) => pathsBetween(each, fresh[index], `${path}[${index}]`));
  return [path];
}

/** Keys with dots, as those of labels and files, stand in brackets. */
export function joined(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path === '' ? key : `${path}.${key}`;
}
