import { expect, test } from 'vitest';
import { explainUnreached } from '../../generator/server/unreached.ts';
import { flawOfUrl } from '../../generator/server/url.ts';

const FORM = 'postgresql://USER:PASSWORD@HOST:PORT';

test.each([
  ['postgress://u:geheim@h', 'the URL begins with postgress://', 'Did you mean postgresql://?'],
  ['postgre://u:geheim@h', 'the URL begins with postgre://', 'Did you mean postgresql://?'],
  ['psql://u:geheim@h', 'the URL begins with psql://', 'Did you mean postgresql://?'],
  ['mysql://u:geheim@h', 'the URL begins with mysql://', 'The server is a PostgreSQL: write postgresql://.'],
  ['u:geheim@h:5432', 'the URL has no scheme', `Write postgresql:// in front of the user and host: ${FORM}.`],
  ['localhost', 'the URL has no scheme', `Write postgresql:// in front of the user and host: ${FORM}.`],
  [
    'postgres:u:geheim@h',
    'the URL lacks the two slashes behind its scheme',
    `Write postgresql:// in front of the user and host: ${FORM}.`,
  ],
  ['postgres://u:ge heim@h', 'there is a space in the URL', 'Take it out; in a password it is written %20.'],
  ['"postgres://u:geheim@h"', 'the URL begins with a quote or bracket', `Leave it out: ${FORM}.`],
  ['', 'the URL is empty', `Write it as ${FORM}.`],
  ...['jdbc:postgresql://h/d?user=u&password=geheim', 'Host=h;Username=u;Password=geheim', 'host=h user=u password=geheim'].map(
    (url, index) => [
      url,
      `the URL has ${['the JDBC form', 'the .NET form', "libpq's form of words"][index]}`,
      `Write it as ${FORM}; the key "uri" of a Secret has that form.`,
    ],
  ),
])('%s: %s', (url = '', message, hint) => {
  expect(flawOfUrl(url)).toEqual({ message, hint });
  expect(JSON.stringify(flawOfUrl(url))).not.toMatch(/geheim|ge heim/);
});

test.each([
  'postgresql://u:p@h:5432/d',
  'postgres://u@h',
  ' postgresql://u@h\n',
  'POSTGRES://h',
  '/var/run/postgresql',
  'socket:/run/postgresql?db=d',
  'postgresql://u:p@[::1]:5432/d?sslmode=require',
])('%j is none of these', (url) => {
  expect(flawOfUrl(url)).toBeUndefined();
});

test.each([
  ['ECONNREFUSED', '', /^server: nothing listens there; /],
  ['ENOTFOUND', '', /^server: there is no host of this name; /],
  ['ETIMEDOUT', '', /^server: nobody answers there; /],
  [
    undefined,
    'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
    /^server: it asks for a password, and none is given; /,
  ],
  [undefined, 'The server does not support SSL connections', /^server: it has no TLS; /],
])('%s %s', (code, said, sentence) => {
  expect(explainUnreached(code, said)).toMatch(sentence);
});

test('what a server said itself is left to whoever knows servers', () => {
  expect(explainUnreached('28P01', 'password authentication failed for user "postgres"')).toBeUndefined();
});
