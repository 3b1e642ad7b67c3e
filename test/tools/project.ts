import { readProject } from '../../generator/generate/read/project.ts';

/** What every run reads of the project, once for all files of tests that a process runs: compiling the contract takes a third of a second. */
export const project = readProject();
