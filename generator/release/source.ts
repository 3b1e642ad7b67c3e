import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { InputError } from '../generate/problem.ts';
import type { Source } from './provenance.ts';

const execute = promisify(execFile);

/** The commit that a folder stands at. Throws InputError where it has no repository of git, or something that is not committed. */
export async function readSource(folder: string): Promise<Source> {
  const git = async (...words: string[]): Promise<string> => (await execute('git', ['-C', folder, ...words])).stdout.trim();
  const commit = await git('rev-parse', 'HEAD').catch(() => undefined);
  if (commit === undefined)
    throw refusal(folder, 'git knows no commit here, and what is signed says of which one it was built', 'Commit it.');
  const changed = (await git('status', '--porcelain', '--', '.')).split('\n').filter((line) => line !== '');
  if (changed.length > 0) {
    const message = `${changed[0]?.slice(3) ?? ''} is not as it is committed, and what is signed says of which commit it was built`;
    throw refusal(folder, message, 'Commit all that `git status` names, or put it into .gitignore.');
  }
  const remote = await git('remote', 'get-url', 'origin').catch(() => '');
  return { commit, ...(remote === '' ? {} : { remote: withoutLogin(remote) }) };
}

/** A token in a URL is nobody's who reads what was built of it. */
function withoutLogin(remote: string): string {
  return remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}

function refusal(file: string, message: string, hint: string): InputError {
  return new InputError([{ file, message, hint }]);
}
