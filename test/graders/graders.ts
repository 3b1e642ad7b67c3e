import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { template } from '../tools/helm.ts';
import { checkov } from './checkov.ts';
import type { Finding, Grader } from './finding.ts';
import { kubeScore } from './kube-score.ts';
import { kubeconform } from './kubeconform.ts';
import { polaris } from './polaris.ts';
import { WAIVERS } from './waivers.ts';

/* `npm run graders`: what others' programs say of the chart. Fails on what is not waived with a reason; names what could not be run. */
const GRADERS: readonly Grader[] = [kubeconform, kubeScore, polaris, checkov];

const SERVICES = 'services:\n  mail: {}\n  orders: { roles: { reader: {} } }\n';
const CHARTS: Readonly<Record<string, string>> = {
  'the defaults': 'services: {}\n',
  'all that can be switched on': [
    'backup:',
    "  schedule: '@daily'",
    '  pointInTime: { enabled: true }',
    "  copy: { to: 'offsite:backups', existingSecret: rclone }",
    "provisioning: { schedule: '@hourly' }",
    SERVICES,
  ].join('\n'),
};

async function render(values: string): Promise<string> {
  const { chart } = await deploy({ values });
  const file = join(temporaryFolder(), 'manifests.yaml');
  writeFileSync(
    file,
    await template(4, { chart, args: ['--values', join(chart, '../values.yaml'), '--namespace', 'databases'] }),
  );
  return file;
}

const isWaived = ({ rule, object }: Finding): boolean =>
  WAIVERS.some((waiver) => waiver.rule === rule && (waiver.object?.test(object) ?? true));

/** Prints what a grader says; gives how much of that is not waived. */
async function report(grader: Grader, file: string): Promise<number> {
  const found = await grader.grade(file);
  if (typeof found === 'string') {
    console.log(`  ${grader.name}: not run: ${found}`);
    return 0;
  }
  const open = found.filter((finding) => !isWaived(finding));
  console.log(`  ${grader.name}: ${open.length} findings, ${found.length - open.length} waived`);
  for (const { rule, object, says } of open) console.log(`    ${rule} ${object}: ${says}`);
  return open.length;
}

let open = 0;
for (const [name, values] of Object.entries(CHARTS)) {
  console.log(name);
  const file = await render(values);
  for (const grader of GRADERS) open += await report(grader, file);
}
for (const { rule, reason } of WAIVERS) console.log(`waived: ${rule}: ${reason}`);
process.exitCode = open === 0 ? 0 : 1;
