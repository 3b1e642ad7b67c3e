// The built program, loaded once: each message is a command line, answered by what was printed and how it ended.
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { DIST } from '../../generator/built.js';

const main = pathToFileURL(join(DIST, 'main.js')).href;
const printed = { stdout: '', stderr: '', output: '' };
let count = 0;

for (const name of ['stdout', 'stderr'])
  process[name].write = (chunk) => {
    printed[name] += chunk;
    printed.output += chunk;
    return true;
  };

function answer() {
  process.send({ code: process.exitCode ?? 0, ...printed });
}

const exit = process.exit.bind(process);
process.exit = () => {
  answer();
  process.disconnect();
};
process.on('disconnect', () => exit());

process.on('message', async ({ args, cwd, env, input }) => {
  Object.assign(printed, { stdout: '', stderr: '', output: '' });
  process.exitCode = undefined;
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  process.argv.splice(2, Infinity, ...args);
  // The file that begins everything is evaluated anew, and finds all others there.
  await import(`${main}?${count++}`);
  process.removeAllListeners('uncaughtException');
  process.stdout.removeAllListeners('error');
  answer();
});
