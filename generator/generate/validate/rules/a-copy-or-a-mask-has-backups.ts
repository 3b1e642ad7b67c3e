import type { Rule } from '../rule.ts';

/** A copy elsewhere or a mask is asked for where there are backups. */
export const rule: Rule = ({ values: { backup } }) => {
  if (backup.schedule !== '') return [];
  const hint = 'Set backup.schedule, for example to "17 2 * * *", or take it out.';
  const asked = [
    {
      path: ['backup', 'copy', 'to'],
      given: backup.copy.to,
      message: 'nothing is copied there: backup.schedule says that no backups are made',
    },
    {
      path: ['backup', 'mask', 'existingConfigMap'],
      given: backup.mask.existingConfigMap,
      message: 'nothing is masked by it: without backup.schedule nothing is restored',
    },
  ];
  return asked.filter(({ given }) => given !== '').map(({ path, message }) => ({ path, message, hint }));
};
