import { Option } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../generate/fields.ts';
import { printableLine } from '../generate/printable.ts';
import { InputError } from '../generate/problem.ts';
import { findImages } from '../helm/images.ts';
import { inOwnFolder } from '../helm/own-folder.ts';
import { packChart } from '../helm/package.ts';
import { findPackage, pushPackage, type Published, type Registry } from '../helm/registry.ts';
import { withAnnotations, type Facts } from '../release/annotations.ts';
import { attachClaims } from '../release/attach.ts';
import { billOf } from '../release/bill-of-materials.ts';
import { readChangelog } from '../release/changelog.ts';
import { readInstalled } from '../release/installed.ts';
import { readKey } from '../release/key.ts';
import { enrol, servicesIn } from '../release/keyless.ts';
import { provenanceOf, type Source } from '../release/provenance.ts';
import { signerWithKey, type Identity, type Signer } from '../release/signer.ts';
import { readSource } from '../release/source.ts';
import { SIGNATURE, type Claim } from '../release/statement.ts';
import { findToken } from '../release/token.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { isFresh, readFreshness } from './freshness.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import { aside, note, result, type Line, type Talk } from './talk.ts';

interface Options extends Values, Out, Registry {
  readonly chartVersion?: string;
  readonly key?: string;
}

/** What was published. */
interface Released extends Published {
  readonly name: string;
  readonly version: string;
  /** Of the package, which is the same whenever the same chart is packed. */
  readonly package: string;
  /** Whether the registry had the very same before; then nothing was pushed. */
  readonly already: boolean;
  readonly signed: boolean;
  /** Who signed it without a key of somebody's. */
  readonly signer?: Identity;
  /** What the chart runs. */
  readonly images: readonly string[];
  readonly notes: readonly string[];
}

export const command = declare({
  name: 'release',
  options: [
    valuesOption,
    outOption,
    new Option('--registry <url>', 'where charts are kept: oci://registry.example/charts').makeOptionMandatory(),
    new Option('--plain-http', 'for a registry without TLS, on this machine for instance'),
    new Option('--chart-version <version>', 'the version to publish (default: that of Chart.yaml)'),
    new Option(
      '--key <file>',
      "a private key to sign it with, cosign's or one for P-256: a file, or env://VARIABLE; its password is in COSIGN_PASSWORD (default: a workflow that its forge lets show who it is signs as itself)",
    ),
  ],
  examples: [
    {
      run: 'shared-postgresql release --registry oci://registry.example/charts',
      does: 'publishes the chart, once for each version',
    },
    {
      run: 'shared-postgresql release --registry oci://registry.example/charts --chart-version 0.1.0+42',
      does: 'under a version of your own: here with the number of a build behind it',
    },
    {
      run: 'shared-postgresql release --registry oci://registry.example/charts --key cosign.key',
      does: 'signs it, with what it is made of and which commit it was built of',
    },
  ],
  run,
  print,
});

async function run(talk: Talk<Released>, { values, out, chartVersion, key: named, ...registry }: Options): Promise<ExitCode> {
  refuseOther(registry);
  await refuseStale(values, out);
  const chart = readChart(out, chartVersion);
  const notes = readNotes(values, chart.version);
  const signing = await prepareSigning(talk, named, values);
  const images = await talk.during('rendering the chart', () => findImages(out, values));
  const published = await publish(talk, { chart: out, chartVersion, registry, ...chart, images });
  if (signing !== undefined) {
    const claims = claimsOn({ chart, values, images, source: signing.source });
    await talk.during('signing', () => attachClaims(claims, published, { ...registry, signer: signing.signer }));
  }
  const signer = signing?.signer.identity;
  return talk.tell(ENDINGS.fine.code, { ...chart, ...published, signed: signing !== undefined, signer, images, notes });
}

/** Who signs, and of what it was built; undefined where nobody does. All that can be refused is, before anything is published. */
async function prepareSigning(
  talk: Talk<Released>,
  named: string | undefined,
  values: string,
): Promise<{ readonly signer: Signer; readonly source: Source } | undefined> {
  if (named !== undefined)
    return { signer: signerWithKey(readKey(named, process.env)), source: await readSource(dirname(values)) };
  const token = await talk.during('asking the forge who signs', () => findToken(process.env));
  if (token === undefined) return undefined;
  const source = await readSource(dirname(values));
  return { signer: await talk.during('asking for a certificate', () => enrol(token, servicesIn(process.env))), source };
}

/** What the changelog beside the values has for later, if there is one. Throws InputError when it has nothing of this version. */
function readNotes(values: string, version: string): readonly string[] {
  const file = join(dirname(values), 'CHANGELOG.md');
  if (!existsSync(file)) return [];
  const { problems, notes } = readChangelog(file, readFileSync(file, 'utf8'), version);
  if (problems.length > 0) throw new InputError(problems);
  return notes;
}

interface Wanted extends Facts {
  readonly chart: string;
  readonly chartVersion?: string;
  readonly registry: Registry;
  readonly name: string;
}

async function publish(talk: Talk<Released>, wanted: Wanted): Promise<Pick<Released, keyof Published | 'package' | 'already'>> {
  const { chart, chartVersion, registry, name, version } = wanted;
  return inOwnFolder(async (folder) => {
    const annotate = (text: string): string => withAnnotations(text, wanted);
    const packed = await talk.during('packing the chart', () => packChart({ chart, version: chartVersion, annotate }, folder));
    const present = await talk.during('asking the registry', () => findPackage({ ...registry, name, version }));
    if (present === undefined) {
      const pushed = await talk.during('publishing', () => pushPackage(packed, registry));
      return { ...pushed, package: packed.digest, already: false };
    }
    if (present.package !== packed.digest) throw taken(name, version);
    return { ...present, already: true };
  });
}

interface Made {
  readonly chart: { readonly name: string; readonly version: string };
  readonly values: string;
  readonly images: readonly string[];
  readonly source: Source;
}

/** All that is signed. */
function claimsOn({ chart, values, images, source }: Made): readonly Claim[] {
  const packages = readInstalled();
  const [generator] = packages;
  return [
    SIGNATURE,
    billOf({ ...chart, images, packages }),
    provenanceOf({ chart, values: basename(values), source, generator, environment: process.env }),
  ];
}

function refuseOther({ registry }: Registry): void {
  if (/^oci:\/\/[^/]+/.test(registry)) return;
  const hint = 'Write it as oci://registry.example/charts: the chart gets its own name behind that.';
  throw new InputError([{ file: '--registry', message: `${registry} is no OCI registry`, hint }]);
}

/** A chart that is not what the values ask for is nobody's. */
async function refuseStale(values: string, out: string): Promise<void> {
  if (isFresh(await readFreshness(values, out))) return;
  const message = 'the chart is not what values.yaml asks for';
  throw new InputError([{ file: out, message, hint: 'Run "npm run generate", commit what it writes, and release that.' }]);
}

function readChart(out: string, given: string | undefined): { readonly name: string; readonly version: string } {
  const chart: unknown = parse(readFileSync(join(out, 'Chart.yaml'), 'utf8'));
  const textOf = (key: string): string => (isRecord(chart) ? String(chart[key]) : '');
  return { name: textOf('name'), version: given ?? textOf('version') };
}

function taken(name: string, version: string): InputError {
  const message = `the registry has ${name} ${version} with other contents, which whoever installed it may ask for again`;
  return new InputError([{ file: '--registry', message, hint: 'Give another version with --chart-version.' }]);
}

function print({
  name,
  version,
  package: digest,
  already,
  reference,
  digest: published,
  signed,
  signer,
  notes,
}: Released): Line[] {
  return [
    ...notes.map((each) => note(printableLine(`note: ${each}`))),
    ...(already ? [aside(`the registry has this very ${name} ${version} already`)] : []),
    result(`${reference}@${published}`),
    aside(`the package is ${digest}; install what was published, and nothing else, by its digest`),
    aside(signed ? 'signed, with its bill of materials and its provenance' : NOT_SIGNED),
    ...(signer === undefined ? [] : [aside(printableLine(howToVerify(signer, `${reference}@${published}`)))]),
  ];
}

const NOT_SIGNED =
  'not signed: --key names what to sign it with; a workflow that may ask its forge for a token (id-token: write) signs without';

function howToVerify({ subject, issuer }: Identity, chart: string): string {
  const named = chart.replace(/^oci:\/\/|:[^:/]*(?=@)/g, '');
  return `whoever installs asks for it: cosign verify --certificate-identity '${subject}' --certificate-oidc-issuer '${issuer}' ${named}`;
}
