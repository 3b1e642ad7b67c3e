// Starts programs for a process of tests: that has grown so large that each fork of it takes longer than most of them run.
import { spawn } from 'node:child_process';
import process from 'node:process';

process.on('message', ({ id, ...asked }) => {
  try {
    start(asked, (answer) => process.send({ id, ...answer }));
  } catch ({ message }) {
    process.send({ id, message });
  }
});

function start({ program, args, options, input }, answer) {
  const child = spawn(program, args, { ...options, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '', output: '' };
  const take = (which) => (chunk) => {
    text[which] += chunk;
    text.output += chunk;
  };
  child.stdout?.setEncoding('utf8').on('data', take('stdout'));
  child.stderr?.setEncoding('utf8').on('data', take('stderr'));
  child.on('error', ({ message }) => answer({ message }));
  child.on('close', (code) => answer({ result: { code: code ?? -1, ...text } }));
  // What ends without reading tells why itself.
  child.stdin?.on('error', () => undefined).end(input);
}
