import { expect, test } from 'vitest';
import { explain, ServerError } from '../../generator/commands/errors.ts';
import { LaptopError } from '../../generator/laptop/laptop-error.ts';

const SAID = 'the server: \u001b[2J\u001b]0;title\u0007nothing to do\u009b31m\nsecond line';
const SHOWN = 'the server: \\x1b[2J\\x1b]0;title\\x07nothing to do\\xc2\\x9b31m\nsecond line';

test.each([new ServerError(SAID), new LaptopError(SAID), SAID])('what others said moves nothing on the terminal', (error) => {
  expect(explain(error)).toBe(SHOWN);
});

test('an error of our own making keeps its stack, and tells no more to a terminal', () => {
  expect(explain(new Error(SAID))).toContain(`Error: ${SHOWN}\n    at `);
});
