import { expect, test } from 'vitest';
import { namesOf } from '../../generator/generate/validate/names.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { readContract } from '../../generator/generate/read/project.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';

const { defaults } = checkContract(parseValues('v', ''), readContract());

test.each([
  ['user-service', 'userdb', 'userdb_user', 'user-service-db-secret'],
  ['order-history-service', 'order_historydb', 'order_historydb_user', 'order-history-service-db-secret'],
  ['billing', 'billingdb', 'billingdb_user', 'billing-db-secret'],
  ['service', 'servicedb', 'servicedb_user', 'service-db-secret'],
])('%s is called %s, %s and %s', (service, database, user, secretName) => {
  expect(namesOf(service, defaults)).toEqual({ database, user, secretName });
});

test('a name that is given wins, and the others follow it', () => {
  expect(namesOf('a', { ...defaults, database: 'x' })).toEqual({ database: 'x', user: 'x_user', secretName: 'a-db-secret' });
});
