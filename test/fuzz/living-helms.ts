import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, PROJECT } from '../tools/folders.ts';
import { HELM_MAJORS, type HelmMajor } from '../tools/helm.ts';
import { parseManifests } from '../tools/manifests.ts';
import { run } from '../tools/run.ts';
import { HELM_PROCESSES, type Helms, type Printed, type ToRender } from './helms.ts';
import { LivingHelm } from './living-helm.ts';
import { differenceOf } from './rendered.ts';
import { settled } from './twin.ts';

const SOURCES = join(PROJECT, 'test/fuzz/renderer');

/** The packages of both Helms in programs of our own that stay alive: ten times as quick. Gives why not where Go cannot make them. */
export async function startHelms(): Promise<LivingHelms | string> {
  const go = await run('sh', ['-c', 'command -v go']);
  if (go.code !== 0) return 'there is no Go on this machine';
  mkdirSync(join(CACHE, 'renderer'), { recursive: true });
  for (const major of HELM_MAJORS) {
    const { code, output } = await run('go', ['build', '-o', binaryOf(major), '.'], { cwd: join(SOURCES, `helm${major}`) });
    if (code !== 0) return `Go could not build ${SOURCES}/helm${major}: ${output.trim()}`;
  }
  return new LivingHelms();
}

function binaryOf(major: HelmMajor): string {
  return join(CACHE, 'renderer', `helm${major}`);
}

/** Of the answers that succeed, and of those that refuse, so many at first and then one of so many are compared with the real Helm's. */
const FIRST = 20;
const THEN_EVERY = 500;

/** Programs that stay alive. What they answer is compared with the real Helm now and then. */
export class LivingHelms implements Helms {
  private readonly programs = { 3: new LivingHelm(binaryOf(3)), 4: new LivingHelm(binaryOf(4)) };
  private readonly counts = new Map<string, number>();
  compared = 0;

  readonly template = async (major: HelmMajor, toRender: ToRender): Promise<Printed> => {
    const answer = await this.programs[major].template(toRender);
    if (this.isTurn(`${major} ${answer.code}`)) {
      refuseDifference(answer, await HELM_PROCESSES.template(major, toRender));
      this.compared += 1;
    }
    return answer;
  };

  end(): void {
    for (const program of Object.values(this.programs)) program.end();
  }

  private isTurn(kind: string): boolean {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    return count <= FIRST || count % THEN_EVERY === 0;
  }
}

/** Throws when what stays alive does not do as the real Helm: then no find would mean anything. */
function refuseDifference(answer: Printed, real: Printed): void {
  const differences = differenceOf(compared(answer), compared(real));
  if (differences.length > 0)
    throw new Error(`test/fuzz/renderer does not do as Helm does:\n${differences.join('\n').slice(0, 2000)}`);
}

/** Where passwords stand, and certificates, which the template of an ExternalSecret has as well. */
const DIFFERS = /^kind: Secret$|-----BEGIN CERTIFICATE-----/m;

/**
 * Line by line, but for what differs from one run of Helm to the next: passwords and certificates, and the order of what does not fit the
 * schema, in which Go goes through a map.
 */
function compared({ code, stdout, stderr }: Printed): unknown {
  const documents = stdout
    .split(/^---\n/m)
    .map((text) => (DIFFERS.test(text) ? parseManifests(text).map(settled) : text.split('\n')));
  return { code, stderr: stderr.split('\n').toSorted(), documents };
}
