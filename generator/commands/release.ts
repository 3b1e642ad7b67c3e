import { Option } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../generate/fields.ts';
import { InputError } from '../generate/problem.ts';
import { inOwnFolder } from '../helm/own-folder.ts';
import { packChart } from '../helm/package.ts';
import { findPackage, pushPackage, type Published, type Registry } from '../helm/registry.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { isFresh, readFreshness } from './freshness.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import { aside, result, type Line, type Talk } from './talk.ts';

interface Options extends Values, Out, Registry {
  readonly chartVersion?: string;
}

/** What was published. */
interface Released extends Partial<Published> {
  readonly name: string;
  readonly version: string;
  /** Of the package, which is the same whenever the same chart is packed. */
  readonly package: string;
  /** Whether the registry had the very same before; then nothing was pushed. */
  readonly already: boolean;
}

export const command = declare({
  name: 'release',
  options: [
    valuesOption,
    outOption,
    new Option('--registry <url>', 'where charts are kept: oci://registry.example/charts').makeOptionMandatory(),
    new Option('--plain-http', 'for a registry without TLS, on this machine for instance'),
    new Option('--chart-version <version>', 'the version to publish (default: that of Chart.yaml)'),
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
  ],
  run,
  print,
});

async function run(talk: Talk<Released>, { values, out, chartVersion, ...registry }: Options): Promise<ExitCode> {
  refuseOther(registry);
  await refuseStale(values, out);
  const { name, version } = readChart(out, chartVersion);
  const released = await inOwnFolder(async (folder): Promise<Released> => {
    const packed = await talk.during('packing the chart', () => packChart(out, folder, chartVersion));
    const present = await talk.during('asking the registry', () => findPackage({ ...registry, name, version }));
    if (present !== undefined && present !== packed.digest) throw taken(name, version);
    const published = present === undefined ? await talk.during('publishing', () => pushPackage(packed, registry)) : {};
    return { name, version, package: packed.digest, already: present !== undefined, ...published };
  });
  return talk.tell(ENDINGS.fine.code, released);
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

function print({ name, version, package: digest, already, reference = '', digest: published = '' }: Released): Line[] {
  if (already) return [aside(`the registry has this very ${name} ${version} already: ${digest}`)];
  return [
    result(`${reference}@${published}`),
    aside(`the package is ${digest}; install what was published, and nothing else, by its digest`),
  ];
}
