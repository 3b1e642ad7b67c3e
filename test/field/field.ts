import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import { fetchHelm } from '../tools/helm.ts';
import { fetchPostgres, fetchPsql, POSTGRES_MAJORS, type PostgresMajor } from '../tools/postgres-binaries.ts';
import { judge, type Judgement } from './judge.ts';
import { provision } from './provision.ts';
import { checkOut, chooseSets, type MigrationSet } from './sets.ts';

/*
 * `npm run field -- CLONES SAID [NAME…]`: the migrations of public repositories (sets.json), as a team would bring them. CLONES has a bare clone of
 * each as owner+name/repo; what is said to those that are refused is written to the folder SAID. Fails when one is accepted and then breaks.
 */
interface Tried {
  readonly set: MigrationSet;
  readonly judged: Judgement;
}

/** Judges all that the folder of clones has. */
async function judgeAll(major: PostgresMajor, clones: string, names: readonly string[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const set of chooseSets(names)) {
    const migrations = await checkOut(set, clones);
    if (migrations === undefined) console.error(`${set.name}: there is no ${set.repository} at ${set.commit} in ${clones}`);
    else {
      const judged = await judge(set.name, migrations, major);
      tried.push({ set, judged });
      console.error(`${major} ${set.name}: ${judged.fate}`);
    }
  }
  return tried;
}

const [clones = '', said = '', ...names] = process.argv.slice(2);
const [postgres] = await Promise.all([fetchPostgres(), fetchPsql(), fetchHelm(4)]);
mkdirSync(said, { recursive: true });
const rows: string[][] = [];
for (const major of POSTGRES_MAJORS) {
  const tried = await judgeAll(major, clones, names);
  const accepted = tried.flatMap(({ judged }) => (judged.fate === 'refused' ? [] : [judged]));
  const failures = await provision(major, postgres[major], accepted);
  for (const { set, judged } of tried) {
    if (judged.fate === 'refused') writeFileSync(join(said, `${major}-${set.name}.txt`), judged.said);
    rows.push([String(major), set.name, set.tool, failures.has(set.name) ? 'BROKEN' : judged.fate]);
  }
  for (const [name, lines] of failures) console.error([`${major} ${name}:`, ...lines].join('\n'));
  if (failures.size > 0) process.exitCode = 1;
}
console.log(markdownTable([['major', 'set', 'tool', ''], ...rows]));
