import type { Progress } from '../server/plan.ts';
import { printable, printableJson } from '../generate/printable.ts';
import type { ExitCode } from './endings.ts';
import { paint, type Kind } from './paint.ts';
import { makeStatusLine, type StatusLine } from './status-line.ts';

/** What a person reads of a result. */
export interface Line {
  readonly text: string;
  readonly kind: Kind;
  /** Whether it says that the command did not do what it should: on standard error. */
  readonly isComplaint?: true;
  /** Whether it only tells that, or how, things went: --quiet leaves it out. */
  readonly isAside?: true;
}

/** What was asked for. */
export const result = (text: string): Line => ({ text, kind: 'plain' });
/** What is not as it should be. */
export const finding = (text: string): Line => ({ text, kind: 'finding' });
/** What the command could not do. */
export const complaint = (text: string): Line => ({ text, kind: 'finding', isComplaint: true });
/** What is worth a look. */
export const note = (text: string): Line => ({ text, kind: 'note' });
/** What is good to know, and nobody asked for. */
export const aside = (text: string): Line => ({ text, kind: 'plain', isAside: true });

/** How a command speaks; what becomes of it is for --json and --quiet to say. */
export interface Talk<Data extends object> {
  readonly isQuiet: boolean;
  /** Where what goes on is written: beside a document, standard error. */
  readonly meanwhile: NodeJS.WriteStream;
  /** What goes on, for whoever watches: printed as it comes, beside a document on standard error, not with --quiet. */
  say(line: string, kind?: Kind): void;
  /** The same for what is not as it should be: --quiet does not silence it. */
  warn(line: string): void;
  /** What was found or done: the one document of --json, or what the command prints of it. Gives the code back. */
  tell(code: ExitCode, data: Data): ExitCode;
  /** Shows on a terminal what is being done, as long as it is. */
  during<T>(what: string, act: () => Promise<T>): Promise<T>;
  /** Shows on a terminal how far it is. */
  readonly progress: Progress;
}

export interface Manner<Data extends object> {
  readonly command: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly print: (data: Data) => readonly Line[];
}

/** The talk of a command that was asked for this manner. */
export function makeTalk<Data extends object>({ command, json = false, quiet = false, print }: Manner<Data>): Talk<Data> {
  told = false;
  const status = json || quiet ? undefined : makeStatusLine(process.stderr);
  const write = (stream: NodeJS.WriteStream, kind: Kind, text: string): void => {
    status?.clear();
    stream.write(`${paint(kind, printable(text), stream)}\n`);
  };
  const meanwhile = json ? process.stderr : process.stdout;
  const printLines = (data: Data): void => {
    for (const { text, kind, isAside, isComplaint } of print(data))
      if (!(quiet && isAside)) write(isComplaint ? process.stderr : process.stdout, kind, text);
  };
  return {
    isQuiet: quiet,
    meanwhile,
    say: (line, kind = 'plain') => {
      if (!quiet) write(meanwhile, kind, line);
    },
    warn: (line) => write(meanwhile, 'finding', line),
    tell: (code, data) => {
      told = true;
      if (json) process.stdout.write(documentOf({ command, exitCode: code, problems: [], ...data }));
      else printLines(data);
      return code;
    },
    during: async (what, act) => {
      status?.show(what);
      return act().finally(() => status?.clear());
    },
    progress: progressOn(status),
  };
}

let told = false;

/** Whether the result of the last talk is out: then what goes wrong later is no part of its document. */
export function hasTold(): boolean {
  return told;
}

/** A document of --json: what it is about, then what was found or done. */
export function documentOf(
  content: { readonly command: string; readonly exitCode: ExitCode; readonly problems: readonly object[] } & object,
): string {
  return `${printableJson(JSON.stringify(content, null, 2))}\n`;
}

function progressOn(status: StatusLine | undefined): Progress {
  let what = '';
  let total = 0;
  let done = 0;
  return {
    start: (steps, counted) => {
      what = counted;
      total = steps;
      done = 0;
    },
    step: () => {
      done += 1;
      if (total > 1) status?.showSteps(done, total, what);
    },
    stop: () => status?.clear(),
  };
}
