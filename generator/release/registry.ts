import { hash } from 'node:crypto';
import { isRecord, valueAt } from '../generate/fields.ts';
import { exchangeLogin, type Login } from './login.ts';

/*
 * The part of OCI's distribution specification (1.1) that puts something beside what is published. Helm pushes charts alone, and the one library of npm for it
 * (@sigstore/oci 0.7) asks for a package that it does not name, for a login where none is wanted, and for Docker's logins instead of Helm's.
 */

/** Where a chart is kept. */
export interface Repository {
  /** https://registry.example/v2/charts/shared-postgresql */
  readonly url: string;
  readonly login?: Login;
}

/** What belongs to something that is published. */
export interface Artifact {
  readonly mediaType: string;
  readonly content: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a registry has under a digest. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', content: Buffer.from('{}') };

/** Puts artifacts beside the manifest of a digest, so that whoever has that finds them. Throws Error with what the registry says. */
export async function attach(artifacts: readonly Artifact[], digest: string, repository: Repository): Promise<void> {
  const ask = await enter(repository);
  const subject = await findManifest(ask, digest);
  for (const { mediaType, content, annotations } of artifacts) {
    const layers = [await upload(ask, mediaType, content)];
    const config = await upload(ask, EMPTY.mediaType, EMPTY.content);
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, artifactType: mediaType, config, layers, subject, annotations };
    const body = Buffer.from(JSON.stringify(manifest));
    const own = describe(MANIFEST, body);
    const answer = await ask('PUT', `manifests/${own.digest}`, { body, type: MANIFEST });
    // A registry of before 1.1 takes no note of the subject: the list of what belongs to it is kept under a tag then.
    if (!answer.headers.has('OCI-Subject')) await list(ask, digest, { ...own, artifactType: mediaType, annotations });
  }
}

/** A request to the repository that must go well, but for what is told. */
type Ask = (method: string, path: string, options?: Request) => Promise<Response>;

interface Request {
  readonly body?: Buffer;
  readonly type?: string;
  readonly accept?: string;
  readonly mayLack?: true;
}

/** Asks with the login that the registry wants. */
async function enter({ url, login }: Repository): Promise<Ask> {
  let authorization: string | undefined;
  const send = async (method: string, to: URL, { body, type, accept }: Request): Promise<Response> => {
    const headers = new Headers();
    if (authorization !== undefined && to.origin === new URL(url).origin) headers.set('Authorization', authorization);
    if (type !== undefined) headers.set('Content-Type', type);
    if (accept !== undefined) headers.set('Accept', accept);
    return fetch(to, { method, headers, ...(body && { body: new Uint8Array(body) }) });
  };
  // What asks for the right to write shows how one logs in.
  const begun = await send('POST', new URL(`${url}/blobs/uploads/`), {});
  if (begun.status === 401) authorization = await exchangeLogin(begun.headers.get('WWW-Authenticate') ?? '', login);
  return async (method, path, options = {}) => {
    const answer = await send(method, new URL(path, `${url}/`), options);
    if (answer.ok || (options.mayLack && answer.status === 404)) return answer;
    throw new Error(await refusalOf(answer));
  };
}

async function refusalOf(answer: Response): Promise<string> {
  const said: unknown = await answer.json().catch(() => undefined);
  const message = valueAt(said, ['errors', 0, 'message']);
  return typeof message === 'string' ? `${message} (${answer.status})` : `it answered ${answer.status}`;
}

async function findManifest(ask: Ask, digest: string): Promise<Descriptor> {
  const answer = await ask('GET', `manifests/${digest}`, { accept: MANIFEST });
  const own = describe(answer.headers.get('Content-Type') ?? MANIFEST, Buffer.from(await answer.arrayBuffer()));
  if (own.digest === digest) return own;
  throw new Error(`it has ${own.digest} where it should have ${digest}`);
}

async function upload(ask: Ask, mediaType: string, content: Buffer): Promise<Descriptor> {
  const own = describe(mediaType, content);
  const begun = await ask('POST', 'blobs/uploads/');
  const to = new URL(begun.headers.get('Location') ?? '', begun.url);
  to.searchParams.set('digest', own.digest);
  await ask('PUT', to.href, { body: content, type: 'application/octet-stream' });
  return own;
}

/** As it stands in the list of what belongs to something. */
interface Listed extends Descriptor, Pick<Artifact, 'annotations'> {
  readonly artifactType: string;
}

async function list(ask: Ask, digest: string, entry: Listed): Promise<void> {
  const path = `manifests/${digest.replace(':', '-')}`;
  const present = await ask('GET', path, { accept: INDEX, mayLack: true });
  const index: unknown = present.ok ? await present.json() : undefined;
  const listed: readonly unknown[] = isRecord(index) && Array.isArray(index['manifests']) ? index['manifests'] : [];
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [...listed, entry] }));
  await ask('PUT', path, { body, type: INDEX });
}

function describe(mediaType: string, content: Buffer): Descriptor {
  return { mediaType, digest: `sha256:${hash('sha256', content)}`, size: content.length };
}
