import type { Rule } from '../rule.ts';

/** What is brought over comes from a former major, and the way back leads from a later one. */
export const rule: Rule = ({ values: { postgresql } }) => {
  const { version, upgradeFrom, returnFrom } = postgresql;
  const from = upgradeFrom.version;
  const later = returnFrom.version;
  const isFormer = from === '' || Number(from) < Number(version);
  const isLater = later === '' || Number(later) > Number(version);
  return [
    ...(isFormer
      ? []
      : [
          {
            path: ['postgresql', 'upgradeFrom', 'version'],
            message: `it is ${from}, which is no former major of postgresql.version ${version}`,
            hint: 'Name the major that the volume has, or take it out.',
          },
        ]),
    ...(isLater
      ? []
      : [
          {
            path: ['postgresql', 'returnFrom', 'version'],
            message: `it is ${later}, which is no later major than postgresql.version ${version}`,
            hint: 'Name the major from which the server returns, or take it out.',
          },
        ]),
  ];
};
