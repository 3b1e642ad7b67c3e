import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { verify } from '../server/verify.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { onItsServer, readCredentials } from './live-server.ts';
import { secretsOption, urlOption, valuesOption, type Secrets, type Url, type Values } from './options.ts';
import type { Talk } from './talk.ts';
import { printProof, proofOf, type Proof } from './verification.ts';

export const command = declare({
  name: 'verify',
  options: [valuesOption, urlOption, secretsOption],
  examples: [
    {
      run: 'kubectl get secrets --output json | shared-postgresql verify --url postgresql://postgres@localhost --secrets -',
      does: 'tries every login on every database of the cluster',
    },
    { run: 'shared-postgresql verify --secrets .shared-postgresql/env', does: 'the same on a server that dev provisioned' },
  ],
  run,
  print: printProof,
});

async function run(talk: Talk<Proof>, { values, url, secrets }: Values & Url & Secrets): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const credentials = await readCredentials(secrets, generated);
  const verification = await talk.during('asking the server', () =>
    onItsServer(url, generated, (connection) => verify({ connection, generated, ...credentials, progress: talk.progress })),
  );
  return talk.tell(verification.findings.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, proofOf(verification));
}
