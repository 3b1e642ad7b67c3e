import { afterAll } from 'vitest';
import { forgetDeployments } from './deployment.ts';
import { forgetProvisioned } from './lab.ts';
import { endServers } from './server.ts';

/** A process runs one file of tests after the other: each begins with nothing of those before it but the code. */
afterAll(async () => {
  forgetDeployments();
  forgetProvisioned();
  await endServers();
});
