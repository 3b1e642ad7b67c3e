import { expect, test } from 'vitest';
import { explain, ServerError } from '../../generator/commands/errors.ts';
import { LaptopError } from '../../generator/laptop/laptop-error.ts';

const SAID = '\u001b[2J\u001b]0;title\u0007nothing to do\u009b31m\nsecond line';
const SHOWN = '\\x1b[2J\\x1b]0;title\\x07nothing to do\\xc2\\x9b31m\nsecond line';

test.each([new ServerError(SAID, undefined, undefined), new LaptopError(SAID), SAID, new Error(SAID)])(
  'what others said moves nothing on the terminal',
  (error) => {
    expect(explain(error).text).toContain(SHOWN);
  },
);
