import { inlineYaml } from '../edit/text.ts';
import type { Texts } from '../generate/read/texts.ts';
import type { OutputFile } from '../generate/render/output.ts';
import { compileTemplate } from '../generate/render/templates.ts';
import { completeManifest } from './manifest.ts';
import type { Present } from './present.ts';

/** A repository of one's own, before it is there. */
export interface Wanted {
  /** The names of its services, of which there is one at least. */
  readonly services: readonly string[];
  /** Of this package. */
  readonly version: string;
}

/** What is to be written, and what somebody may want to know of it. */
export interface Repository {
  readonly values: string;
  readonly files: readonly OutputFile[];
  readonly notes: readonly string[];
}

/** Everything of a repository but its chart, which is generated from it. What is there is completed, or stays. */
export function renderRepository({ services, version }: Wanted, present: Present, templates: Texts): Repository {
  const [first = '', ...others] = services.map(inlineYaml);
  const fill = (name: string): string => compileTemplate(templates.get(name) ?? '')({ first, others });
  const values = fill('values.yaml.hbs');
  const { text: manifest, taken } = completeManifest(present.manifestPath, present.manifest, version);
  return {
    values,
    files: [
      { path: 'values.yaml', content: values },
      { path: `schema/databases/${services[0] ?? ''}/001_example.sql`, content: fill('schema.sql.hbs') },
      { path: 'package.json', content: manifest },
      ...completeIgnored(present.ignored, templates.get('gitignore') ?? ''),
      ...(present.hasReadme ? [] : [{ path: 'README.md', content: fill('README.md.hbs') }]),
      ...(present.isRoot ? [{ path: WORKFLOW, content: templates.get('workflow.yaml') ?? '' }] : []),
    ],
    notes: [
      ...taken.map(([name, wanted]) => `package.json has a script ${name} already, which stays; here it would be: ${wanted}`),
      ...(present.hasReadme ? ['README.md is there already, and stays as it is'] : []),
      ...(present.isRoot ? [] : [`no ${WORKFLOW}: this folder is not the root of its git repository; CI runs npm test here`]),
    ],
  };
}

/** Where GitHub looks for it. */
export const WORKFLOW = '.github/workflows/shared-postgresql.yaml';

/** .gitignore with the lines that are missing. */
function completeIgnored(present: string | undefined, wanted: string): OutputFile[] {
  const there = new Set((present ?? '').split(/\r?\n/).map((line) => line.replace(/\/$/, '')));
  const missing = wanted.split('\n').filter((line) => line !== '' && !there.has(line.replace(/\/$/, '')));
  if (missing.length === 0) return [];
  const before = present === undefined || present === '' || present.endsWith('\n') ? (present ?? '') : `${present}\n`;
  return [{ path: '.gitignore', content: `${before}${missing.join('\n')}\n` }];
}
