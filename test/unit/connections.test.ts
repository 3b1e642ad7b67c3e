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

test('whoever must show a certificate is told in which files it is, beside the authority', () => {
  const login = { host: 'h', port: 1, database: 'd', user: 'd_user_2', password: 'x', showsCertificate: true };
  const forms = ['uri', 'jdbc-uri', 'environment', 'connection-string', 'pgpass'];
  const writing = { forms, sslmode: 'require', authorityFile: '/certs/root.pem', templates: {} } as const;
  const connection = connectionOf(login, writing);
  expect(connection['uri']).toMatch(/\?sslmode=require&sslcert=\/certs\/d_user_2\.tls\.crt&sslkey=\/certs\/d_user_2\.tls\.key$/);
  expect(connection['jdbc-uri']).toMatch(
    /&sslmode=require&sslcert=\/certs\/d_user_2\.tls\.crt&sslkey=\/certs\/d_user_2\.key\.der$/,
  );
  expect(connection).toMatchObject({ PGSSLCERT: '/certs/d_user_2.tls.crt', PGSSLKEY: '/certs/d_user_2.tls.key' });
  expect(connection['connection-string']).toMatch(
    /;SSL Certificate=\/certs\/d_user_2\.tls\.crt;SSL Key=\/certs\/d_user_2\.tls\.key$/,
  );
  expect(connection['pgpass']).toBe('h:1:d:d_user_2:x');
  expect(connectionOf({ ...login, showsCertificate: false }, writing)).not.toHaveProperty('PGSSLCERT');
  expect(connectionOf(login, { ...writing, sslmode: 'disable' })['uri']).toMatch(/sslmode=disable$/);
});
