import { fileURLToPath } from 'node:url';

/** The folder of the project: where the generator, the contract and the chart stand. This file lies as deep as what is built of it. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));
