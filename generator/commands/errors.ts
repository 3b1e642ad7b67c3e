import { CommanderError } from 'commander';
import { ClusterError } from '../cluster/cluster-error.ts';
import { printable } from '../generate/printable.ts';
import { formatProblem, InputError, type Problem } from '../generate/problem.ts';
import { codeOf, reasonOf } from '../generate/read/reasons.ts';
import { Interruption } from '../laptop/interruption.ts';
import { LaptopError } from '../laptop/laptop-error.ts';
import { MoveError } from '../server/move/ends.ts';
import { count } from './lists.ts';
import { ENDINGS, type ExitCode } from './endings.ts';

/** Thrown when a server said no, or did not answer: what it said, and what is known about that. */
export class ServerError extends Error {
  readonly said: string;
  readonly sentence: string | undefined;

  constructor(said: string, sentence: string | undefined, cause: unknown) {
    super([`the server: ${said}`, ...(sentence === undefined ? [] : [sentence])].join('\n'), { cause });
    this.said = said;
    this.sentence = sentence;
  }
}

/** Why a cluster or a server could not be asked, in one line. */
export const reasonIn = (error: ClusterError | ServerError): string =>
  error instanceof ClusterError ? error.what : error.message.replaceAll('\n', '; ');

/** A problem as --json has it. Lines and columns count from 1; what does not apply is left out. */
export interface PlainProblem {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Where in the values. */
  readonly path?: string;
  readonly what: string;
  readonly allowed?: string;
  readonly do?: string;
}

/** What went wrong: what a person reads, the same as data, and how the program ends. */
export interface Explained {
  readonly code: ExitCode;
  readonly text: string;
  readonly problems: readonly PlainProblem[];
}

/** What went wrong, without a stack: a server, or who answers in its place, may have said it to the terminal instead of to a person. */
export function explain(error: unknown): Explained {
  const explained = explainKind(error);
  return { ...explained, text: printable(explained.text) };
}

function explainKind(error: unknown): Explained {
  if (error instanceof InputError) return explainInput(error);
  if (error instanceof ServerError) return one(ENDINGS.unreached.code, error.message, { what: error.said, do: error.sentence });
  if (error instanceof ClusterError) return one(ENDINGS.unreached.code, error.message, { what: error.what, do: error.hint });
  if (error instanceof LaptopError) return one(ENDINGS.unable.code, error.message, { what: error.what, do: error.hint });
  if (error instanceof MoveError)
    return one(ENDINGS.amiss.code, `${error.message}\n  ${error.hint}`, { what: error.message, do: error.hint });
  if (error instanceof Interruption) return one(ENDINGS.interrupted.code, error.message, { what: error.message });
  if (error instanceof CommanderError) return explainUsage(error);
  return explainFile(error) ?? explainFault(error);
}

function one(code: ExitCode, text: string, problem: PlainProblem): Explained {
  return { code, text, problems: [problem] };
}

function explainInput({ message, problems }: InputError): Explained {
  return {
    code: ENDINGS.refused.code,
    text: `${message}\n\n${count(problems.length, 'problem')}; nothing was written.`,
    problems: problems.map(plainOf),
  };
}

function plainOf({ file, position, path, message, allowed, hint }: Problem): PlainProblem {
  return { file, ...position, path, what: message, allowed, do: hint };
}

/** Commander begins with `error: `, and puts what may have been meant on a second line. */
function explainUsage({ message }: CommanderError): Explained {
  const [what = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const meant = rest.join(' ').replace(/^\((.*)\)$/, '$1');
  const hint = [meant, HELP].filter((part) => part !== '').join(' ');
  return one(ENDINGS.misused.code, `${what}\n  ${hint}`, { what, do: hint });
}

const HELP = 'See what there is with --help.';

const GONE = { what: 'the folder in which this runs is gone', do: 'Change into one that there is.' };

/** A file that could not be used halfway, or that belongs to the project itself. */
function explainFile(error: unknown): Explained | undefined {
  if (!(error instanceof Error) || codeOf(error) === undefined) return undefined;
  const { path, dest, syscall }: NodeJS.ErrnoException & { dest?: string } = error;
  if (syscall === 'uv_cwd') return one(ENDINGS.unable.code, `${GONE.what}\n  ${GONE.do}`, GONE);
  const file = dest ?? path;
  if (file === undefined) return undefined;
  const hint = 'Mend that and run this again; it may be half done.';
  const problem = { file, message: `it cannot be used: ${reasonOf(error)}`, hint };
  return one(ENDINGS.unable.code, formatProblem(problem), plainOf(problem));
}

function explainFault(error: unknown): Explained {
  const what = `shared-postgresql has a fault: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  const hint = 'Please report it, with the command, what "shared-postgresql --version" says, and what is printed with --debug.';
  return one(ENDINGS.broken.code, `${what}\n  ${hint}`, { what, do: hint });
}
