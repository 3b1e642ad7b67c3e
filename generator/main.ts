import { Command } from 'commander';
import { runCommandLine } from './commands/errors.ts';
import { readVersion } from './generate/read/project.ts';

const COMMANDS = await Promise.all([
  import('./commands/generate.ts'),
  import('./commands/check.ts'),
  import('./commands/plan.ts'),
  import('./commands/apply.ts'),
  import('./commands/verify.ts'),
]);

const program = new Command('shared-postgresql')
  .version(readVersion())
  .description('One PostgreSQL, many services, declared in one file.');
for (const { command } of COMMANDS) program.addCommand(command);
await runCommandLine(program);
