import { parse } from 'yaml';
import { isRecord } from '../generate/fields.ts';

/** An object of Kubernetes, as Helm rendered it. */
export interface KubernetesObject {
  readonly text: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly component: string;
  readonly annotations: Readonly<Record<string, unknown>>;
  /** As it stands: a Secret's is in base64. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The objects of what Helm prints, in its order. */
export function readObjects(rendered: string): KubernetesObject[] {
  return documentsIn(rendered).flatMap((text) => readObject(text));
}

/** The texts of the objects that Helm prints. No line within one is `---`: what has lines is indented. */
export function documentsIn(rendered: string): string[] {
  return rendered.split(/^---\n/m).map((document) => document.replace(/^# Source: .*\n/, '').trimStart());
}

/** The object that a text is; none if it is something else. */
export function readObject(text: string): KubernetesObject[] {
  const document: unknown = parse(text, { logLevel: 'silent' });
  const kind = textAt(document, 'kind');
  const metadata = valueAt(document, 'metadata');
  if (kind === '') return [];
  const component = textAt(valueAt(metadata, 'labels'), 'app.kubernetes.io/component');
  const [data, annotations] = [recordAt(document, 'data'), recordAt(metadata, 'annotations')];
  const [name, namespace] = [textAt(metadata, 'name'), textAt(metadata, 'namespace')];
  return [{ text, kind, name, namespace, component, annotations, data }];
}

/** The passwords that Secrets hold, by the login that is named beside each. */
export function passwordsIn(objects: readonly KubernetesObject[]): [login: string, password: string][] {
  return objects
    .filter(({ kind, data }) => kind === 'Secret' && 'password' in data)
    .map(({ data }) => [decode(data['username']), decode(data['password'])]);
}

/** How often the logins of Secrets were rotated, by the login; none where that is not said. */
export function rotationsIn(objects: readonly KubernetesObject[]): [login: string, rotation: string][] {
  return objects
    .filter(({ kind, data }) => kind === 'Secret' && 'rotation' in data)
    .map(({ data }) => [decode(data['username']), decode(data['rotation'])]);
}

/**
 * The Secrets that a rendering is to find again, by their names, as far as the chart's templates read them: that of the server's certificate, and the
 * admin's if an earlier chart named it.
 */
export function presentIn(objects: readonly KubernetesObject[]): PresentSecrets {
  const isKept = ({ kind, name, component, data }: KubernetesObject): boolean =>
    kind === 'Secret' && ('tls.key' in data || (component === 'server' && name.endsWith('-admin')));
  return Object.fromEntries(
    objects.filter(isKept).map(({ name, annotations, data }) => [name, { metadata: { annotations }, data }]),
  );
}

/** As presentIn gives them. */
export type PresentSecrets = Readonly<
  Record<string, { readonly metadata: Pick<KubernetesObject, 'annotations'>; readonly data: KubernetesObject['data'] }>
>;

function decode(value: unknown): string {
  return Buffer.from(String(value), 'base64').toString('utf8');
}

function valueAt(data: unknown, key: string): unknown {
  return isRecord(data) ? data[key] : undefined;
}

function recordAt(data: unknown, key: string): Readonly<Record<string, unknown>> {
  const value = valueAt(data, key);
  return isRecord(value) ? value : {};
}

function textAt(data: unknown, key: string): string {
  const value = valueAt(data, key);
  return typeof value === 'string' ? value : '';
}
