import type { OutputFile } from '../generate/render/output.ts';
import { write } from '../generate/write.ts';
import { inOwnFolder } from './own-folder.ts';
import { runHelm } from './program.ts';

/** What Helm is told beside the chart. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** The file of the values. */
  readonly values: string;
}

/** The oldest Kubernetes that the chart is for: what is rendered depends on none, and an old Helm knows none that is newer. */
export const KUBERNETES = '1.29.0';

/** What Helm renders of a chart that nobody keeps, but for the pods of `helm test`. Throws InputError as runHelm does. */
export async function renderChart(files: readonly OutputFile[], { name, namespace, values }: Release): Promise<string> {
  return inOwnFolder((folder) => {
    write(folder, { changed: files, unchanged: [], stale: [] }, () => undefined);
    const options = ['--namespace', namespace, '--values', values, '--kube-version', KUBERNETES, '--skip-tests'];
    return runHelm(['template', name, folder, ...options]);
  });
}
