import { markdownTable } from 'markdown-table';
import { fetchHelm } from '../tools/helm.ts';
import { fetchPostgres, fetchPsql } from '../tools/postgres-binaries.ts';
import { measureBackups } from './backups.ts';
import { measureCluster } from './cluster.ts';
import { writeInput } from './input.ts';
import { measureGenerator, measureHelm } from './chart.ts';
import { measureProvisioning } from './provisioning.ts';

/** One figure: what was measured, and what it should be. */
export interface Row {
  readonly services: number;
  readonly what: string;
  readonly result: string;
  /** Empty when there is none for this size. */
  readonly goal: string;
  readonly met?: boolean;
}

const CHART_SIZES = [10, 100, 1000, 5000];
const SERVER_SIZES = [10, 100, 1000];
const BACKUP_SIZES = [10, 200];
const CLUSTER_SIZES = [1000];

/** Measures the chart at every size, then provisioning and backups on real servers; sizes can be named: `npm run bench -- 10 100`. */
async function bench(wanted: readonly number[]): Promise<Row[]> {
  const chosen = (sizes: readonly number[]): number[] => sizes.filter((size) => wanted.length === 0 || wanted.includes(size));
  await Promise.all([fetchHelm(4), fetchPsql()]);
  const postgres = await fetchPostgres();
  const rows: Row[] = [];
  for (const services of chosen(CHART_SIZES)) {
    const input = writeInput(services);
    rows.push(...(await measureGenerator(input)), ...(await measureHelm(input)));
    if (chosen(SERVER_SIZES).includes(services)) rows.push(...(await measureProvisioning(input, postgres[18])));
    console.error(`measured ${services} services`);
  }
  for (const services of chosen(BACKUP_SIZES)) rows.push(...(await measureBackups(services, postgres[15])));
  return rows;
}

/** What Helm, kubectl and deploy take on a Kubernetes: `npm run bench -- --cluster`. */
async function benchCluster(wanted: readonly number[]): Promise<Row[]> {
  await fetchPsql();
  const postgres = await fetchPostgres();
  const rows: Row[] = [];
  for (const services of wanted.length > 0 ? wanted : CLUSTER_SIZES) rows.push(...(await measureCluster(services, postgres[18])));
  return rows;
}

const words = process.argv.slice(2);
const sizes = words.filter((word) => word !== '--cluster').map(Number);
const rows = await (words.includes('--cluster') ? benchCluster(sizes) : bench(sizes));
const verdict = ({ met }: Row): string => (met === undefined ? '' : met ? 'met' : 'MISSED');
const cells = rows.map((row) => [String(row.services), row.what, row.result, row.goal, verdict(row)]);
console.log(markdownTable([['services', 'what', 'result', 'goal', ''], ...cells], { align: ['r', 'l', 'r', 'r', 'l'] }));
