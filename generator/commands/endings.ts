/** How a command can end: what a script learns by the exit code. docs/command-line.md has the table, and a test compares the two. */
export const ENDINGS = {
  fine: { code: 0, means: 'all is as it should be' },
  amiss: {
    code: 1,
    means: 'something is not as it must be: the chart differs, a service is not well, the proof has findings, nothing runs',
  },
  pending: {
    code: 2,
    means: 'nothing is wrong, and there is something to do: `plan` found statements, `deploy --dry-run` a change',
  },
  misused: { code: 3, means: 'the command, an option or an argument is not one that there is' },
  refused: {
    code: 4,
    means:
      'the input is refused: `values.yaml`, a schema file, `--secrets`, the URL, a loss that nobody confirmed; nothing was done',
  },
  unreached: {
    code: 5,
    means: 'the server or the cluster cannot be reached, lets nobody in, has no room, is read-only, or was lost',
  },
  unable: { code: 6, means: 'this machine cannot: no PostgreSQL, a port that is taken, a disk that is full' },
  broken: { code: 70, means: 'a fault of the program itself' },
  interrupted: { code: 130, means: 'somebody ended it, with Ctrl-C for instance' },
} as const;

/** One of the table, or, of `dev --run` and `connect`, that of the command that was run. */
export type ExitCode = number;
