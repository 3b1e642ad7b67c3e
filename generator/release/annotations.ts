import { parseDocument, stringify } from 'yaml';

/** What Artifact Hub and people who mirror images read of a package. */
export interface Facts {
  readonly version: string;
  readonly images: readonly string[];
}

/** Chart.yaml with what only the one who packs it knows: which images it runs, and whether its version is one before a release. */
export function withAnnotations(text: string, { version, images }: Facts): string {
  const document = parseDocument(text);
  const listed = images.map((image) => ({ name: nameOf(image), image }));
  document.setIn(['annotations', 'artifacthub.io/images'], stringify(listed));
  document.setIn(['annotations', 'artifacthub.io/prerelease'], String(isBeforeRelease(version)));
  return document.toString();
}

/** By Semantic Versioning: what has a hyphen before any `+`, and all of major version 0, which promises nothing. */
function isBeforeRelease(version: string): boolean {
  return /^[^+]*-|^0\./.test(version);
}

/** `postgres` of docker.io/library/postgres:18-bookworm */
function nameOf(image: string): string {
  return image.replace(/[:@][^/]*$/, '').replace(/.*\//, '');
}
