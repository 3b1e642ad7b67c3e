import { describe, expect, test } from 'vitest';
import { addService, removeService, renameService } from '../../generator/edit/entries.ts';
import { withUpgrade } from '../../generator/edit/major.ts';
import { rotate } from '../../generator/edit/rotation.ts';
import { withEntry, withName, withValue, withoutEntry } from '../../generator/edit/text.ts';

const TEXT = `# head
persistence: {size: 6Gi}   # as it is

services:
    # about user
    user-service:
        database: "userdb"
        roles: {}

    "007": { enabled: false } # trailing
    # about mail
    mail: {}
# tail
tolerations: []
`;

describe('an entry that is added', () => {
  test('stands at the end of its list, as its neighbours are indented', () => {
    expect(withEntry(TEXT, ['services'], 'new', {})).toBe(TEXT.replace('    mail: {}\n', '    mail: {}\n    new: {}\n'));
    expect(withEntry(TEXT, ['services', 'user-service'], 'user', 'u')).toBe(
      TEXT.replace('        roles: {}\n', '        roles: {}\n        user: u\n'),
    );
  });

  test('is quoted where a reader would take its name for something else', () => {
    for (const name of ['007', 'yes', 'n', 'null', '1e3'])
      expect(withEntry(TEXT, ['services'], name, {})).toContain(`\n    "${name}": {}\n`);
  });

  test.each([
    ['services:\n', 'services:\n  a: {}\n'],
    ['services: {} # none yet\n', 'services:\n  a: {} # none yet\n'],
    ['services: {}', 'services:\n  a: {}'],
    ['', 'services:\n  a: {}\n'],
    ['x: 1', 'x: 1\nservices:\n  a: {}\n'],
    ['services: { b: {} }\n', 'services: { a: {}, b: {} }\n'],
    ['services: {b: {}}\n', 'services: { a: {}, b: {}}\n'],
    ['services:\n  b:', 'services:\n  b:\n  a: {}\n'],
    ['services:\n  b:\n    x: |\n      y\n\n# end\n', 'services:\n  b:\n    x: |\n      y\n  a: {}\n\n# end\n'],
    ['services:\n  b: {} # c\n  # d\n', 'services:\n  b: {} # c\n  a: {}\n  # d\n'],
  ])('into %j', (text, expected) => expect(withEntry(text, ['services'], 'a', {})).toBe(expected));

  test.each([
    ['services:\n  a: {}\n', 'services:\n  a: { user: u }\n'],
    ['services:\n  a:\n', 'services:\n  a: { user: u }\n'],
    ['services:\n  a: { b: 1 }\n', 'services:\n  a: { user: u, b: 1 }\n'],
    ['services: { a: {} }\n', 'services: { a: { user: u } }\n'],
  ])('into the entry of %j', (text, expected) => expect(withEntry(text, ['services', 'a'], 'user', 'u')).toBe(expected));
});

describe('an entry that is removed', () => {
  test('goes with the comments above it, and nothing else', () => {
    expect(withoutEntry(TEXT, ['services'], 'mail')).toBe(TEXT.replace('    # about mail\n    mail: {}\n', ''));
    expect(withoutEntry(TEXT, ['services'], '007')).toBe(TEXT.replace('    "007": { enabled: false } # trailing\n', ''));
    const [head = '', rest = ''] = TEXT.split('    # about user\n');
    expect(withoutEntry(TEXT, ['services'], 'user-service')).toBe(`${head}${rest.slice(rest.indexOf('\n\n') + 1)}`);
  });

  test('leaves an empty list when it was the last', () => {
    expect(withoutEntry('services:\n  # why\n  a: { b: 1 }\nx: 1\n', ['services'], 'a')).toBe('services: {}\nx: 1\n');
  });
});

test('an entry gets another name', () => {
  expect(withName(TEXT, ['services'], 'user-service', 'people')).toBe(TEXT.replace('user-service:', 'people:'));
  expect(withName(TEXT, ['services'], '007', 'y')).toBe(TEXT.replace('"007":', '"y":'));
});

test.each([
  ['services:\n  a: {}\n', 'services:\n  a: { turn: 7 }\n'],
  ['services:\n  a: { turn: 3, b: 1 }\n', 'services:\n  a: { turn: 7, b: 1 }\n'],
  ['services:\n  a:\n    turn: 3 # often\n    b: 1\n', 'services:\n  a:\n    turn: 7 # often\n    b: 1\n'],
  ['services:\n  a:\n    "turn": # none\n', 'services:\n  a:\n    "turn": 7 # none\n'],
  ['services:\n', 'services:\n  a: { turn: 7 }\n'],
  ['x: 1\n', 'x: 1\nservices: { a: { turn: 7 } }\n'],
])('a number in the entry of %j', (text, expected) => expect(withValue(text, ['services', 'a'], 'turn', 7)).toBe(expected));

test.each<[string, (text: string) => string]>([
  ['add', (text) => addService({ file: 'v', text }, 'new')],
  ['remove', (text) => removeService({ file: 'v', text }, 'mail')],
  ['rename', (text) => renameService({ file: 'v', text }, { name: 'mail', to: 'post' }, [])],
  ['rotate', (text) => rotate({ file: 'v', text }, { logins: ['mail'] })],
  ['upgrade', (text) => withUpgrade({ file: 'v', text }, { from: 15, to: 18 })],
])('%s keeps the line ends of Windows', (_, edit) => {
  expect(edit(TEXT.replaceAll('\n', '\r\n'))).toBe(edit(TEXT).replaceAll('\n', '\r\n'));
});

test('where some lines end as on Windows and others do not, none is changed', () => {
  expect(addService({ file: 'v', text: 'services:\r\n  a: {}\n' }, 'b')).toBe('services:\r\n  a: {}\n  b: {}\n');
});

test('a counter of a Secret that the chart does not make is not raised', () => {
  const text = 'auth: { admin: { existingSecret: of-vault } }\n';
  expect(() => rotate({ file: 'values.yaml', text }, { logins: [], admin: true })).toThrow(
    'values.yaml: auth.admin.existingSecret is of-vault, a Secret of yours, which no counter changes\n' +
      '  Write another password into it, and the one before as former-password.',
  );
});

test('an upgrade takes back what an earlier one, or a way back, left in the values', () => {
  const text =
    "postgresql: { version: '17', upgradeFrom: { version: '16', tag: of-16 }, returnFrom: { version: '18' } } # ours\nservices: {}\n";
  expect(withUpgrade({ file: 'values.yaml', text }, { from: 17, to: 18 })).toBe(
    'postgresql: { version: "18", upgradeFrom: { version: "17", tag: "" }, returnFrom: { version: "" } } # ours\nservices: {}\n',
  );
  expect(() => withUpgrade({ file: 'values.yaml', text: 'postgresql: &p {}\nx: *p\n' }, { from: 17, to: 18 })).toThrow(
    "it is written in a form that this command does not edit\n  Make it say by hand postgresql.version: '18', postgresql.upgradeFrom.version: '17'.",
  );
});
