import { tryTemplate, type HelmMajor } from '../tools/helm.ts';

/** What Helm is given. */
export interface ToRender {
  readonly chart: ChartFolder;
  readonly release: string;
  /** A values file. */
  readonly values: string;
}

/** A chart on the disk, and how many times it has changed there. */
interface ChartFolder {
  readonly folder: string;
  readonly changes: number;
}

/** What `helm template` prints, and how it exits. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the fuzz has Helm render. */
export interface Helms {
  readonly template: (major: HelmMajor, toRender: ToRender) => Promise<Printed>;
}

export const NAMESPACE = 'data';

/** The real Helm, a process for each rendering. */
export const HELM_PROCESSES: Helms = {
  template: (major, { chart, release, values }) =>
    tryTemplate(major, { chart: chart.folder, release, args: ['--namespace', NAMESPACE, '--values', values] }),
};
