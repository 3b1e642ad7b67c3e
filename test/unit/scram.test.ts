import { describe, expect, test } from 'vitest';
import { prepare, scramVerifier } from '../../generator/server/scram.ts';

describe('a SCRAM verifier', () => {
  test('is that of the example in RFC 7677', () => {
    expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  test.each([
    ['plain', 'plain'],
    ['ⅨⅩ', 'IXX'],
    ['ﬁ\u00ADn', 'fin'],
    ['a\u00A0b', 'a b'],
    ['control \u0007 stays', 'control \u0007 stays'],
  ])('is made of %j as libpq normalises it', (password, prepared) => {
    expect(prepare(password)).toBe(prepared);
  });
});
