import { runCommandLine } from './commands/command-line.ts';

await runCommandLine({
  init: {
    does: "start a repository of one's own: values.yaml, schema files, CI, chart; nothing is overwritten",
    load: () => import('./commands/init.ts'),
  },
  generate: { does: 'write the chart and the SQL that values.yaml asks for', load: () => import('./commands/generate.ts') },
  check: { does: 'tell whether the chart is what generate would write', load: () => import('./commands/check.ts') },
  release: { does: 'publish the chart to an OCI registry, once for each version', load: () => import('./commands/release.ts') },
  manifests: {
    does: 'write plain Kubernetes manifests, for those without Helm; passwords are made once and kept',
    load: () => import('./commands/manifests.ts'),
  },
  add: { does: 'add a service to values.yaml, and generate', load: () => import('./commands/add.ts') },
  remove: { does: 'take a service out of values.yaml, and generate; its data stays', load: () => import('./commands/remove.ts') },
  rename: {
    does: 'give a service another name in values.yaml, with the lines that keep its database, logins and Secrets, and generate',
    load: () => import('./commands/rename.ts'),
  },
  rotate: {
    does: 'give logins another password by the next upgrade, without a gap, and generate',
    load: () => import('./commands/rotate.ts'),
  },
  plan: {
    does: 'print what provisioning would run on a live server, and why; exits with 2 when there is something',
    load: () => import('./commands/plan.ts'),
  },
  apply: { does: 'run on a live server what provisioning would run', load: () => import('./commands/apply.ts') },
  verify: {
    does: 'prove on a live server that every service opens its own database and no other',
    load: () => import('./commands/verify.ts'),
  },
  import: {
    does: 'write values.yaml and schema files of what a server has that was there before; the server is not changed',
    load: () => import('./commands/import.ts'),
  },
  'import-schema': {
    does: "make schema files of a dump of pg_dump, or of another tool's migrations",
    load: () => import('./commands/import-schema.ts'),
  },
  baseline: {
    does: 'record the schema files of services as applied, without running them, where their databases are like that',
    load: () => import('./commands/baseline.ts'),
  },
  backup: { does: 'dump services of a live server, as the pods do', load: () => import('./commands/backup.ts') },
  restore: {
    does: 'bring a service back from a backup, compared before it is used',
    load: () => import('./commands/restore.ts'),
  },
  move: {
    does: 'bring a service to another server, with seconds in which nobody can write',
    load: () => import('./commands/move.ts'),
  },
  upgrade: {
    does: 'look at what keeps a server from another major, and have values.yaml ask for it',
    load: () => import('./commands/upgrade.ts'),
  },
  snippet: {
    does: 'print what a service puts into its Deployment and its code to connect, for a framework',
    load: () => import('./commands/snippet.ts'),
  },
  deploy: {
    does: 'generate, show what changes, ask, install or upgrade, follow the Job, and prove the result',
    load: () => import('./commands/deploy.ts'),
  },
  status: {
    does: 'what runs in a cluster, how full it is, and what somebody should see to',
    load: () => import('./commands/status.ts'),
  },
  doctor: {
    does: 'look at all that can be wrong in a cluster, and say what to do',
    load: () => import('./commands/doctor.ts'),
  },
  logs: {
    does: 'what the newest run of provisioning said, or another pod of a cluster',
    load: () => import('./commands/logs.ts'),
  },
  connect: {
    does: 'psql as a service, one of its roles or the admin: of dev, of a cluster, or of any server',
    load: () => import('./commands/connect.ts'),
  },
  report: {
    does: 'one page on the deployment: who opens what, the budget, the tables of each service, differences',
    load: () => import('./commands/report.ts'),
  },
  dev: {
    does: 'the deployment on this machine: starts it, applies what is saved, and stops it with Ctrl-C',
    load: () => import('./commands/dev.ts'),
  },
  completion: {
    does: 'print what completes commands, options and services in bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
  prove: {
    does: 'provision a throw-away server on this machine, and prove by real logins that the services are isolated',
    load: () => import('./commands/prove.ts'),
  },
});
