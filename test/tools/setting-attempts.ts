import { unitsFor } from '../../generator/generate/validate/amounts.ts';
import type { Setting } from '../../generator/generate/validate/settings.ts';

/** Values to try on a setting: at its bounds, beside them, of another kind, in other spellings. */
export function attemptsOn({ type, unit, least = 0, most = 0, values = [] }: Setting): string[] {
  switch (type) {
    case 'integer':
    case 'real':
      return [...boundsOf(least, most), ...SPELLINGS, ...withUnits(unit, least, most)];
    case 'bool':
      return ['on', 'OFF', 't', 'fals', 'y', 'n', 'o', 'of', '1', '0', '2', '', 'on ', 'true1', 'banana'];
    case 'enum':
      return [
        ...values,
        ...values.map((value) => value.toUpperCase()),
        ...values.map((value) => `${value}x`),
        '',
        'banana',
        '2',
        't',
      ];
    default:
      return TEXTS;
  }
}

function boundsOf(least: number, most: number): string[] {
  const numbers = [
    least,
    least + 1,
    least - 1,
    most,
    most - 1,
    most + 1,
    (least + most) / 2,
    0,
    1,
    -1,
    2 ** 31,
    2 ** 31 - 1,
    1e300,
  ];
  return numbers.map((number) => String(Math.abs(number) > 1e15 ? number : Math.round(number)));
}

const SPELLINGS = [
  ...[
    '',
    'banana',
    'on',
    '0x10',
    '0X1f',
    '010',
    '08',
    '+5',
    '-2',
    '1.5',
    '2.5',
    '.5',
    '5.',
    '1e2',
    '1e-2',
    '1e',
    ' 64 ',
    '64 64',
    '6_4',
  ],
  ...['nan', 'inf', '0b1', '64;', '1,5'],
];

const UNITS = ['B', 'kB', 'KB', 'kb', 'mb', 'MB', 'GB', 'TB', 'us', 'ms', 's', 'S', 'sec', 'min', 'm', 'h', 'd', 'D', 'w'];

function withUnits(unit: string | undefined, least: number, most: number): string[] {
  const tried = UNITS.flatMap((each) => [`64${each}`, `1 ${each}`, `0${each}`, `1.5 ${each} `, `-1${each}`]);
  const own = unit?.replace(/^\d+/, '') ?? '';
  return unitsFor(unit).includes(own) ? [...tried, `${least}${own}`, `${most}${own}`, `${most + 1}${own}`] : tried;
}

const TEXTS = [
  ...[
    '',
    'banana',
    'a b',
    '"',
    ',',
    '1',
    'é',
    'x'.repeat(63),
    'x'.repeat(64),
    '$x',
    'on',
    'none',
    'off,off',
    'stderr, CSVLOG',
    'stderr,,',
  ],
  ...[
    'C',
    'POSIX',
    'C.UTF-8',
    'C.utf8',
    'c',
    'de_DE',
    'UTF8',
    'utf-8',
    'LATIN1',
    'SJIS',
    'ISO 8859-1',
    'iso, mdy',
    'ISO,banana',
    'sql, iso',
    'mdy, dmy',
    'europe',
    'German',
  ],
  ...[
    'UTC',
    'Europe/Berlin',
    'europe/berlin',
    'Europe/Berln',
    'EST5EDT',
    '<+03>-3',
    '+3',
    '-3.5',
    'CET',
    'Etc/GMT+3',
    'Mars/Olympus',
  ],
  ...[
    'immediate',
    'latest',
    '0/3000000',
    '/0',
    'a_slot',
    'A_slot',
    'a_slot, b_slot',
    'data, wal',
    'set, INHERIT',
    'view',
    'all',
    'receipt,all',
  ],
  ...[
    'heap',
    'Default',
    'India',
    'default',
    'Heap, btree',
    '"heap"',
    '2026-01-31 12:00:00+00',
    'FIRST 1 (a, b)',
    'ANY 1 (a',
    '*',
    'a, b',
    'off,all',
  ],
];
