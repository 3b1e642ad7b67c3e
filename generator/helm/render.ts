import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputFile } from '../generate/render/output.ts';
import { write } from '../generate/write.ts';
import { runHelm } from './program.ts';

/** What Helm is told beside the chart. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** The file of the values. */
  readonly values: string;
}

/** The oldest Kubernetes that the chart is for: what is rendered depends on none, and an old Helm knows none that is newer. */
const KUBERNETES = '1.29.0';

/** What Helm renders of a chart that nobody keeps, but for the pods of `helm test`. Throws InputError as runHelm does. */
export async function renderChart(files: readonly OutputFile[], { name, namespace, values }: Release): Promise<string> {
  // Nobody else comes into it.
  const folder = mkdtempSync(join(tmpdir(), 'shared-postgresql-'));
  try {
    write(folder, { changed: files, unchanged: [], stale: [] }, () => undefined);
    const options = ['--namespace', namespace, '--values', values, '--kube-version', KUBERNETES, '--skip-tests'];
    return await runHelm(['template', name, folder, ...options]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
