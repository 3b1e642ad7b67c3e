import { parseIntoClientConfig } from 'pg-connection-string';
import { describe, expect, test } from 'vitest';
import { connectionOf, type Writing } from '../../generator/generate/connections.ts';
import { NASTY_PASSWORDS } from '../tools/nasty-passwords.ts';

/** As node-postgres reads it: the other clients read theirs in test/clients. */
const textOf = (key: string, sslmode: Writing['sslmode'], password = 'x'): string =>
  connectionOf(
    { host: 'h', port: 1, database: 'd', user: 'u', password },
    { forms: [key], sslmode, authorityFile: import.meta.filename, templates: {} },
  )[key] ?? '';

describe.each(['node-uri', 'uri'])('%s', (key) => {
  test.each(NASTY_PASSWORDS)('gives node-postgres the password %j', (password) => {
    const config = parseIntoClientConfig(textOf(key, 'verify-full', password));
    expect(config).toMatchObject({ host: 'h', port: 1, database: 'd', user: 'u', password });
  });
});

test('node-postgres encrypts with require, and takes any certificate; verify-full gives it the authority', () => {
  const sslOf = (sslmode: Writing['sslmode']): unknown => parseIntoClientConfig(textOf('node-uri', sslmode)).ssl;
  expect(sslOf('disable')).toBe(false);
  expect(sslOf('require')).toEqual({ rejectUnauthorized: false });
  expect(JSON.stringify(sslOf('verify-full'))).toContain('{"ca":"import');
});
