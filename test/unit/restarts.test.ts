import { describe, expect, test } from 'vitest';
import type { Field } from '../../generator/generate/fields.ts';
import { changedRestarts, restartsOf } from '../../generator/generate/restarts.ts';

const field: Field = {
  path: 'auth.passwords',
  kind: 'knob',
  effect: 'restart',
  type: 'string',
  default: 'generated',
  description: '',
  schema: {},
  fields: [],
};
const restartsWith = (passwords: string) => restartsOf({ auth: { passwords } }, [field]);

/** What is told of a change from one origin to another. */
const told = (before: string, after: string): string[] =>
  changedRestarts(restartsWith(after), JSON.stringify({ restarts: restartsWith(before) }));

describe('what restarts the server', () => {
  test('another origin of the passwords, where its pod differs, and no other', () => {
    expect(told('generated', 'derived')).toEqual(['auth.passwords']);
    expect(told('deploy', 'externalSecret')).toEqual(['auth.passwords']);
    expect(told('generated', 'deploy')).toEqual([]);
    expect(told('existingSecret', 'deploy')).toEqual([]);
  });
});
