import type { Problem } from '../generate/problem.ts';

/** What a changelog says of a version. */
export interface Reading {
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

interface Section {
  readonly title: string;
  readonly line: number;
  readonly isEmpty: boolean;
}

/** Whether a changelog is ready for this version: it has a section of it, with a day; what waits for a later one is told. */
export function readChangelog(file: string, text: string, version: string): Reading {
  const sections = sectionsOf(text);
  const waiting = sections.filter(({ title, isEmpty }) => /^\[?unreleased\b/i.test(title) && !isEmpty);
  const notes = waiting.map(({ line }) => `${file}:${line}: what stands under Unreleased is in no section of a version`);
  const own = sections.find(({ title }) => versionIn(title) === version.replace(/\+.*/, ''));
  const base = sections.find(({ title }) => versionIn(title) === version.replace(/[-+].*/, ''));
  const section = own ?? base;
  if (section === undefined) return { problems: [missing(file, version)], notes };
  const isOpen = /\b(not|un)[ -]?released\b/i.test(section.title) && !/^[^+]*-/.test(version);
  return { problems: isOpen ? [open(file, section, version)] : [], notes };
}

/** Of Keep a Changelog, and what is usual beside it: `## [1.2.0] - 2026-11-28`, `## v1.2.0`. */
function sectionsOf(text: string): Section[] {
  const lines = text.split(/\r?\n/);
  const heads = lines.flatMap((line, index) => (line.startsWith('## ') ? [index] : []));
  return heads.map((head, index) => {
    const body = lines.slice(head + 1, heads[index + 1]);
    const isEmpty = body.every((line) => /^\s*$|^#/.test(line));
    return { title: (lines[head] ?? '').slice(3).trim(), line: head + 1, isEmpty };
  });
}

function versionIn(title: string): string | undefined {
  return /^\[?v?(\d[^\s\]]*)/.exec(title)?.[1];
}

function missing(file: string, version: string): Problem {
  const message = `it has no section of ${version}, so whoever upgrades reads nothing of it`;
  return { file, message, hint: `Write what changes under a line "## ${version} - " with the day behind it.` };
}

function open(file: string, { line, title }: Section, version: string): Problem {
  const message = `the section of ${version} says that it is not released: ${title}`;
  return { file, position: { line, column: 1 }, message, hint: `Put the day there: "## ${version} - 2026-11-28", for example.` };
}
