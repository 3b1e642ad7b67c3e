import { NO_WAIT, explainServerError, setPassword, type WorkerResult } from './worker.ts';
import type { Work } from './plan.ts';
import { asAdmin, type Connection } from './session.ts';

/** What is given to see to a login of the deployment itself. */
export interface PlatformWork {
  readonly connection: Connection;
  readonly work: Work;
  readonly passwords: ReadonlyMap<string, string>;
}

/** Sets the password of a login of the deployment itself, which has no database to look into. Throws nothing: what fails is in the lines. */
export async function provisionPlatformLogin({ connection, work, passwords }: PlatformWork): Promise<WorkerResult> {
  const lines = work.toSet.map(({ user }) => `set the password of ${user}`);
  try {
    const set = work.toSet.map(({ credential, user }) => ({ user, password: passwords.get(credential) ?? '' }));
    await asAdmin(
      connection,
      async (client) => {
        for (const { user, password } of set) await setPassword(client, user, password);
      },
      undefined,
      [NO_WAIT],
    );
    return { hasPasswords: true, isWell: true, lines, saidToAdmin: [] };
  } catch (error) {
    const said = explainServerError(error);
    return { hasPasswords: false, isWell: false, lines: [...lines, ...said], saidToAdmin: said };
  }
}
