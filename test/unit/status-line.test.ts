import { expect, test } from 'vitest';
import { makeStatusLine } from '../../generator/commands/status-line.ts';

/** What is written to a terminal of thirty columns, or to a pipe. */
function terminal(isTTY: boolean): { stream: Parameters<typeof makeStatusLine>[0]; written: () => string } {
  const texts: string[] = [];
  return { stream: { isTTY, columns: 30, write: (text) => texts.push(text) }, written: () => texts.join('') };
}

test('shows what is done and how far it is on one line of a terminal, and takes it away', () => {
  const { stream, written } = terminal(true);
  const line = makeStatusLine(stream);
  line.show('asking the server');
  line.clear();
  line.showSteps(1, 2, 'databases');
  line.showSteps(2, 2, 'databases');
  line.clear();
  line.clear();
  expect(written()).toBe('\r\u001b[Kasking the server …\r\u001b[K' + '\r\u001b[K[############............] 1/\r\u001b[K');
});

test('shows nothing in a pipe', () => {
  const { stream, written } = terminal(false);
  const line = makeStatusLine(stream);
  line.show('asking the server');
  line.showSteps(1, 2, 'databases');
  line.clear();
  expect(written()).toBe('');
});
