import { findLargeObjects, inKiB } from './measure/objects.ts';
import { bytesOfSchemaFiles, partsOfRelease, RELEASE_LIMIT, type Making, type Part } from './measure/release.ts';
import type { Model, Service } from './model.ts';
import type { BudgetRow } from './validate/budget/sum.ts';
import type { Finding } from './validate/finding.ts';

/** From this share of the limit on, somebody should think about it. */
const WARN_AT = 0.8;

/** So many services are named when a release is too large, or nearly so. */
const NAMED_SERVICES = 3;

/** How large what was rendered becomes in a cluster. */
export interface Sizes {
  readonly rows: readonly BudgetRow[];
  readonly notes: readonly string[];
  /** What Helm or Kubernetes would not take. */
  readonly findings: readonly Finding[];
}

/** Foretells the size of the release, within 5 %, and of its larger objects. Without a chart there is no release. */
export function measure(making: Making): Sizes {
  const objects = findLargeObjects(making.values, making.files);
  if (making.input.chart === undefined) return { rows: [], notes: [], findings: objects };
  const parts = partsOfRelease(making);
  const bytes = sum(parts);
  const share = bytes / RELEASE_LIMIT;
  return {
    rows: [{ what: 'release', arithmetic: parts.map(show).join(' + '), result: `${inKiB(bytes)} of ${inKiB(RELEASE_LIMIT)}` }],
    notes:
      share > WARN_AT && share <= 1
        ? [`the release is large: ${sentenceOn(parts, making.model)}; ${Math.round(share * 100)} % are taken`]
        : [],
    findings: [...(share > 1 ? [tooLarge(parts, making.model)] : []), ...objects],
  };
}

function tooLarge(parts: readonly Part[], model: Model): Finding {
  const hint = 'Let a service load what is large by itself instead of a schema file, or split the services over two deployments.';
  return { path: ['services'], message: `Helm could not store the release: ${sentenceOn(parts, model)}`, hint };
}

function sentenceOn(parts: readonly Part[], { services }: Model): string {
  const named = largestOf(services).map(({ name, schemaFiles }) => show({ what: name, bytes: bytesOfSchemaFiles(schemaFiles) }));
  const texts = [...parts]
    .sort((a, b) => b.bytes - a.bytes)
    .map((part) =>
      part.what === 'schema files' && named.length > 0 ? `${show(part)} (most of it ${named.join(', ')})` : show(part),
    );
  return `it takes ${inKiB(sum(parts))} of the ${inKiB(RELEASE_LIMIT)} that its Secret may have: ${texts.join(', ')}`;
}

/** Those with the longest schema files. */
function largestOf(services: Model['services']): Model['services'] {
  const lengthOf = ({ schemaFiles }: Service): number => schemaFiles.reduce((length, { text }) => length + text.length, 0);
  return services
    .filter((service) => lengthOf(service) > 0)
    .sort((a, b) => lengthOf(b) - lengthOf(a))
    .slice(0, NAMED_SERVICES);
}

function show({ what, bytes }: Part): string {
  return `${what} ${inKiB(bytes)}`;
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
