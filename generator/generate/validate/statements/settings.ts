import { isPlaceholder, settingOf, whyNoSetting } from '../settings.ts';
import { becomesAnother } from './roles.ts';
import type { Judge } from './refusal.ts';
import { nodeAt, nodesOf, optionsOf, textAt, type Node } from '../tree.ts';

/** What pg_settings does not show and everybody may set (NOT_IN_SAMPLE and GUC_NO_SHOW_ALL in PostgreSQL's guc_tables). */
const NOT_SHOWN = ['seed'];

const IDENTITIES = ['role', 'session_authorization'];

/** SET, SET LOCAL and RESET, by the table of what each major lets whom set. */
export const judgeSet: Judge = (statement, service) => {
  const name = textAt(statement, 'name').toLowerCase();
  if (name === '' || isPlaceholder(name) || NOT_SHOWN.includes(name)) return undefined;
  if (IDENTITIES.includes(name)) {
    const message = 'a schema file runs as the service and as nobody else';
    return becomesAnother(statement, service) ? { message, hint: 'Leave the statement out.' } : undefined;
  }
  if (statement['kind'] === 'VAR_SET_MULTI') return judgeTransaction(statement);
  const setting = settingOf(name, service.major);
  if (setting === undefined) return { message: whyNoSetting(name, service.major), hint: 'Leave the statement out.' };
  if (setting.context === 'user') return undefined;
  return {
    message: `a service may not set ${name}: it is for superusers, or for the whole server`,
    hint: 'Leave the statement out.',
  };
};

/** The transaction has begun, and has its isolation. */
function judgeTransaction(statement: Node): ReturnType<Judge> {
  const isIsolation = textAt(statement, 'name') === 'TRANSACTION' && optionsOf(statement['args']).has('transaction_isolation');
  const message = 'SET TRANSACTION ISOLATION LEVEL must come before any query, and the transaction of a schema file has begun';
  return isIsolation ? { message, hint: 'Leave the statement out.' } : undefined;
}

/** Settings that a function has while it runs: whoever creates it must be allowed to set them. */
export function judgeOptions(optionsIn: (statement: Node) => unknown): Judge {
  return (statement, service) =>
    nodesOf(optionsIn(statement))
      .filter((option) => option['defname'] === 'set')
      .map((option) => judgeSet(nodeAt(nodeAt(option, 'arg'), 'VariableSetStmt'), service))
      .find((refusal) => refusal !== undefined);
}
