import { expect, test } from 'vitest';
import { namesOf } from '../../generator/generate/validate/names.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { project } from '../tools/project.ts';

const { defaults } = checkContract(parseValues('v', ''), project.contract);

test.each([
  ['user-service', 'userdb', 'userdb_user', 'user-service-db-secret'],
  ['order-history-service', 'order_historydb', 'order_historydb_user', 'order-history-service-db-secret'],
  ['billing', 'billingdb', 'billingdb_user', 'billing-db-secret'],
  ['service', 'servicedb', 'servicedb_user', 'service-db-secret'],
])('%s is called %s, %s and %s', (service, database, user, secretName) => {
  expect(namesOf(service, defaults)).toEqual({ database, user, login: user, rotation: 0, secretName });
});

test('a name that is given wins, and the others follow it', () => {
  expect(namesOf('a', { ...defaults, database: 'x' })).toMatchObject({
    database: 'x',
    user: 'x_user',
    login: 'x_user',
    secretName: 'a-db-secret',
  });
});

test.each([
  [0, 'x_user'],
  [1, 'x_user_2'],
  [2, 'x_user'],
])('after %i rotations the login in use is %s', (rotation, login) => {
  expect(namesOf('a', { ...defaults, database: 'x', rotation })).toMatchObject({ user: 'x_user', login });
});

test('the second login of one whose name has no room has 63 bytes as well', () => {
  const user = 'u'.repeat(63);
  expect(namesOf('a', { ...defaults, user, rotation: 1 }).login).toBe(`${'u'.repeat(61)}_2`);
});
