import { Ajv } from 'ajv';
import makeModule from 'ajv/dist/standalone/index.js';
import { build, type Plugin } from 'esbuild';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DIGEST, DIST } from '../../generator/built.js';
import { digestSources } from '../../generator/digest.js';
import { readContract } from '../../generator/generate/read/project.ts';
import { contractForHelm } from '../../generator/generate/render/contract-for-helm.ts';
import { sourcesOf } from '../../generator/generate/validate/compile.ts';
import { PROJECT } from './folders.ts';

/** Makes dist/: the program with its libraries in a few files, one for what each command needs. Written beside, then renamed. */
async function buildProgram(): Promise<void> {
  const beside = `${DIST}.writing`;
  const digest = digestSources();
  rmSync(beside, { recursive: true, force: true });
  await build({
    entryPoints: [join(PROJECT, 'generator/main.ts')],
    outdir: beside,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    // Libraries that come as WebAssembly beside their code, one that only an install with native parts has, one of development, one of 1.6 MB
    // that is read as it comes, and one of which whoever asks for it does without.
    external: ['libpg-query*', 'pg-native', 'json-schema-to-typescript', 'elkjs', 'iconv-lite'],
    // Libraries of CommonJS ask for modules of Node by require.
    banner: {
      js: `import { createRequire as requireOfNode } from 'node:module';\nconst require = requireOfNode(import.meta.url);`,
    },
    // The driver makes a Response to see whether it runs at Cloudflare, for which Node loads all of fetch.
    define: { Response: 'undefined' },
    plugins: [listOfRules, compiledContract, writtenContract],
  });
  writeFileSync(join(beside, basename(DIGEST)), digest);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(beside, DIST);
}

/** The folder is the list of rules; the program has no folder to look into, so it gets the list. */
const listOfRules: Plugin = {
  name: 'list-of-rules',
  setup: (program) =>
    program.onLoad({ filter: /validate[\\/]load-rules\.ts$/ }, ({ path }) => {
      const folder = join(path, '../rules');
      const files = readdirSync(folder);
      const imports = files.map((file, index) => `import { rule as rule${index} } from ${JSON.stringify(`./rules/${file}`)};`);
      const entries = files.map((file, index) => `[${JSON.stringify(file)}, rule${index}]`);
      return {
        contents: `${imports.join('\n')}\nexport const loadRules = async () => new Map([${entries.join(', ')}]);`,
        resolveDir: join(path, '..'),
      };
    }),
};

/** Compiling the contract takes longer than the rest of a start, so its functions come compiled, each as a module. */
const compiledContract: Plugin = {
  name: 'compiled-contract',
  setup: (program) => {
    const sources = new Map(Object.entries(sourcesOf(readContract())));
    const imports = [...sources.keys()].map((name) => `import ${name} from 'contract:${name}';`);
    program.onLoad({ filter: /validate[\\/]compile\.ts$/ }, () => ({
      contents: `${imports.join('\n')}\nexport const compile = () => ({ ${[...sources.keys()].join(', ')} });`,
    }));
    program.onResolve({ filter: /^contract:/ }, ({ path }) => ({ path: path.replace('contract:', ''), namespace: 'contract' }));
    program.onLoad({ filter: /./, namespace: 'contract' }, ({ path }) => {
      const { schema, options } = sources.get(path) ?? { schema: {}, options: {} };
      const ajv = new Ajv({ ...options, code: { source: true, esm: true } });
      return { contents: makeModule.default(ajv, ajv.compile(schema)), resolveDir: PROJECT };
    });
  },
};

/** What Helm is given of the contract comes written: making it takes a tenth of a run. */
const writtenContract: Plugin = {
  name: 'written-contract',
  setup: (program) =>
    program.onLoad({ filter: /render[\\/]contract-for-helm\.ts$/ }, () => ({
      contents: `export const contractForHelm = () => ${JSON.stringify(contractForHelm(readContract()))};`,
    })),
};

await buildProgram();
