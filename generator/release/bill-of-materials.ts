import type { Claim } from './statement.ts';

/** A package of npm, as it is installed. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Its own dependencies, by name. */
  readonly needs: readonly string[];
}

/** What a chart is made of and by. */
export interface Materials {
  readonly name: string;
  readonly version: string;
  /** registry/repository:tag, with @digest where one is given. */
  readonly images: readonly string[];
  /** The generator, then what it runs with. */
  readonly packages: readonly Installed[];
}

type Component = Readonly<Record<string, unknown>>;

/**
 * The bill of materials of a chart, by CycloneDX 1.6: the images that it runs, and the packages that made it, which are no part of what runs
 * ("excluded"). It has no time and no serial number, so the same chart has the same.
 */
export function billOf({ name, version, images, packages }: Materials): Claim {
  const chart = { type: 'application', 'bom-ref': 'chart', name, version };
  const refs = images.map(purlOfImage);
  return {
    predicateType: 'https://cyclonedx.org/bom',
    predicate: {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: { component: chart },
      components: [...images.map(componentOfImage), ...packages.map(componentOfPackage)],
      dependencies: [{ ref: 'chart', dependsOn: refs }, ...packages.map((each) => dependencyOf(each, packages))],
    },
  };
}

interface ImageName {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** The parts of an image's name; those that it does not have are empty. */
function partsOf(image: string): ImageName {
  const [, repository = '', tag = '', digest = ''] = /^(.+?)(?::([\w.-]+))?(?:@(.+))?$/.exec(image) ?? [];
  return { repository, tag, digest };
}

function componentOfImage(image: string): Component {
  const { repository, tag, digest } = partsOf(image);
  const purl = purlOfImage(image);
  const hashes = digest === '' ? {} : { hashes: [{ alg: 'SHA-256', content: digest.replace('sha256:', '') }] };
  return { type: 'container', 'bom-ref': purl, name: repository, version: tag || digest, purl, ...hashes };
}

/** By the specification of package URLs; `oci` wants a digest, so what has none is `docker`. */
function purlOfImage(image: string): string {
  const { repository, tag, digest } = partsOf(image);
  const [registry = '', ...path] = repository.split('/');
  const name = path.at(-1) ?? '';
  if (digest === '') return `pkg:docker/${path.join('/')}@${tag}?repository_url=${encodeURIComponent(registry)}`;
  const tagged = tag === '' ? '' : `&tag=${tag}`;
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repository)}${tagged}`;
}

function componentOfPackage({ name, version }: Installed): Component {
  const purl = purlOfPackage({ name, version });
  return { type: 'library', 'bom-ref': purl, name, version, purl, scope: 'excluded' };
}

/** `pkg:npm/%40scope/name@1.0.0` */
export function purlOfPackage({ name, version }: Pick<Installed, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function dependencyOf(each: Installed, packages: readonly Installed[]): Component {
  const needed = packages.filter(({ name }) => each.needs.includes(name));
  return { ref: purlOfPackage(each), dependsOn: needed.map(purlOfPackage) };
}
