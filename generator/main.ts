import { runCommandLine } from './commands/command-line.ts';

await runCommandLine({
  generate: () => import('./commands/generate.ts'),
  check: () => import('./commands/check.ts'),
  plan: () => import('./commands/plan.ts'),
  apply: () => import('./commands/apply.ts'),
  verify: () => import('./commands/verify.ts'),
});
