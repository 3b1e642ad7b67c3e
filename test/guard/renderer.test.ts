import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';
import { HELM_MAJORS, HELM_PACKAGES } from '../../generator/helm/program.ts';

test.each(HELM_MAJORS)('the Helm %i that the fuzz keeps alive is the one of the tests', (major) => {
  const module = readFileSync(join(PROJECT, `test/fuzz/renderer/helm${major}/go.mod`), 'utf8');
  expect(module).toContain(`\thelm.sh/helm/v${major} ${HELM_PACKAGES[major].version}\n`);
});
