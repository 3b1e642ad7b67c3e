import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { defaultsOf } from '../fields.ts';
import { PACKAGE_FILES_PATH, RESTARTS_PATH } from '../layout.ts';
import { isIdle, withoutComments } from '../light.ts';
import type { Model } from '../model.ts';
import { onceWhileSame } from '../once.ts';
import type { Input } from '../read.ts';
import type { Texts } from '../read/texts.ts';
import { isGenerated, type OutputFile } from '../render/output.ts';
import type { CompleteValues } from '../validate/contract.ts';
import { serviceManifests } from './manifest.ts';

/** What Kubernetes lets the data of one Secret have (MaxSecretSize in its API), in bytes. Helm keeps a release in one. */
export const RELEASE_LIMIT = 1024 * 1024;

/** A part of a release and what it takes of the limit, in bytes. */
export interface Part {
  readonly what: string;
  readonly bytes: number;
}

/** What a release is made of. */
export interface Making {
  readonly model: Model;
  readonly values: CompleteValues;
  readonly files: readonly OutputFile[];
  readonly input: Pick<Input, 'parsed' | 'chart'>;
}

/**
 * The parts of the release as Helm will store it (pkg/storage/driver: JSON of chart, values and manifest, gzip at its best, base64). Each
 * is compressed by itself: gzip looks back no further than 32 KiB, so the sum is the whole but for one or two in a hundred.
 */
export function partsOfRelease({ model, values, files, input }: Making): Part[] {
  const whole = chartAfter(files, input.chart?.files ?? new Map());
  const { deploysSecrets: isLight } = model;
  const chart = isLight ? lightened(whole, model) : whole;
  const isSchemaFile = (path: string): boolean => path.startsWith('sql/');
  const isOfServices = (path: string): boolean => path.startsWith('templates/services/') || path === 'desired.json';
  const pick = (isWanted: (path: string) => boolean): [string, string][] => [...chart].filter(([path]) => isWanted(path));
  const manifests = serviceManifests(model, values);
  const declared = [{ ...defaultsOf(model.fields), services: isLight ? {} : model.declaredServices }, input.parsed.values];
  const desired = chart.get('desired.json') ?? '';
  const own = pick((path) => !isSchemaFile(path) && !isOfServices(path) && path !== 'values.yaml');
  return [
    { what: 'schema files', bytes: stored(asJson(pick(isSchemaFile), isLight), JSON.stringify(manifests.schemaFiles)) },
    {
      what: 'the other entries of the services',
      bytes: stored(asJson(pick(isOfServices), isLight), JSON.stringify([manifests.secrets, desired]), JSON.stringify(declared)),
    },
    {
      what: 'the chart itself',
      bytes: storedOwn({ own, rendered: own.filter(([path]) => isRendered(path) && !isIdle(path, model)), isLight }),
    },
  ];
}

/** Compressing it takes longer than all the rest, and it does not change with the services. */
const storedOwn = onceWhileSame(({ own, rendered, isLight }: Own): number =>
  stored(asJson(own, isLight), JSON.stringify(rendered.map(([, text]) => text))),
);

type Named = readonly (readonly [path: string, text: string])[];

interface Own {
  readonly own: Named;
  readonly rendered: Named;
  readonly isLight: boolean;
}

/** What the schema files of one service take, once in the chart and once in the manifest. */
export function bytesOfSchemaFiles(files: readonly { readonly name: string; readonly text: string }[]): number {
  const entries = files.map(({ name, text }): [string, string] => [name, text]);
  return stored(asJson(entries, false), JSON.stringify(entries));
}

/** What chart/.helmignore keeps out of it. */
const LEFT_OUT: readonly string[] = [RESTARTS_PATH, PACKAGE_FILES_PATH];

/** The chart as Helm will find it: what lies there and was not generated, and over it what is written now. */
function chartAfter(files: readonly OutputFile[], present: Texts): Texts {
  const stays = [...present].filter(([, text]) => !isGenerated(text));
  const written = files.map(({ path, content }) => [path, content] as const);
  const isPart = (path: string): boolean => !path.startsWith('../') && !LEFT_OUT.includes(path);
  return new Map([...stays, ...written].filter(([path]) => isPart(path)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What `deploy` installs of it. */
function lightened(chart: Texts, model: Model): Texts {
  const texts = [...chart].filter(([path]) => !isIdle(path, model));
  return new Map(texts.map(([path, text]) => [path, path.startsWith('templates/') ? withoutComments(text) : text]));
}

/** Files as they stand in a release: base64, and, from Helm 4 on, with the time of their last change, which is the same for all that `deploy` copies. */
function asJson(files: Named, isLight: boolean): string {
  const entries = files.map(([name, text]) => ({
    name,
    modtime: timeLike(isLight ? '' : name),
    data: Buffer.from(text).toString('base64'),
  }));
  return JSON.stringify(entries);
}

/** As hard to compress as the time at which a file is written among others, and the same every time. */
function timeLike(seed: string): string {
  const digits = String(createHash('sha256').update(seed).digest().readUInt32BE() % 1_000_000).padStart(6, '0');
  return `2026-01-01T00:00:00.000${digits}Z`;
}

/**
 * What stands in for the rendering of a hand-written file, where it is not idle: a concern's templates are about as long as their outcome, and scripts are
 * carried as they are. What connections come to is counted with the services.
 */
const isRendered = (path: string): boolean =>
  /^(templates\/(?!connections\/)\w+|provisioning|engines|backup|upgrade)\//.test(path);

/** Bytes of base64 that texts take, compressed one after the other. */
function stored(...texts: readonly string[]): number {
  return Math.ceil((gzipSync(texts.join(''), { level: 9 }).length * 4) / 3);
}
