import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isRecord } from '../../generator/generate/fields.ts';
import { HELM_ENVIRONMENT, KUBE_VERSION } from '../tools/helm.ts';
import { NAMESPACE, type Printed, type ToRender } from './helms.ts';

/** One program: a line for each request, answered by a line. */
export class LivingHelm {
  private readonly child: ChildProcess;
  private readonly waiting: { resolve: (answer: Printed) => void; reject: (error: Error) => void }[] = [];
  private known = '';

  constructor(program: string) {
    // It collects garbage seldom: there is memory enough, and it takes a tenth of the time.
    const env = { ...HELM_ENVIRONMENT, GOMEMLIMIT: '512MiB' };
    this.child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.child.on('exit', (code) => this.waiting.forEach(({ reject }) => reject(new Error(`${program} ended with ${code}`))));
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.take(line));
  }

  template({ chart, release, values }: ToRender): Promise<Printed> {
    const version = `${chart.folder} ${chart.changes}`;
    const request = {
      ...{ release, values, namespace: NAMESPACE, kubeVersion: KUBE_VERSION },
      ...{ chart: chart.folder, isChanged: version !== this.known },
    };
    this.known = version;
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }

  end(): void {
    this.child.stdin?.end();
  }

  private take(line: string): void {
    const answer: unknown = JSON.parse(line);
    if (!isPrinted(answer)) throw new Error(`no answer: ${line.slice(0, 200)}`);
    this.waiting.shift()?.resolve(answer);
  }
}

function isPrinted(answer: unknown): answer is Printed {
  return (
    isRecord(answer) && typeof answer['code'] === 'number' && ['stdout', 'stderr'].every((key) => typeof answer[key] === 'string')
  );
}
