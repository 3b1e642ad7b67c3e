import { InputError, sortProblems } from './problem.ts';
import type { Input } from './read.ts';
import { divide, type Budget } from './validate/budget.ts';
import { checkContract, type CheckedValues } from './validate/contract.ts';
import { problemOf, type Finding } from './validate/finding.ts';
import { majorOf } from './validate/image.ts';
import { loadRules } from './validate/load-rules.ts';
import { parserOfPostgres } from './validate/parser.ts';
import { settleNames, type Names } from './validate/names.ts';
import { withRolesOfPlatform } from './validate/platform-logins.ts';
import type { Settled } from './validate/rule.ts';
import { checkSchemaFiles, type CheckedSchemaFiles } from './validate/schema-files.ts';

/** An input without problems, with all that was settled on the way. */
export interface Valid {
  readonly values: CheckedValues['values'];
  readonly defaults: CheckedValues['defaults'];
  readonly names: Names;
  readonly budget: Budget;
  readonly schemaFiles: CheckedSchemaFiles['files'];
}

/** Checks everything before anything is refused. Throws InputError with every problem of the input. */
export async function validate(input: Input): Promise<Valid> {
  const { parsed, contract } = input;
  const { values: checked, defaults, problems: misfits } = checkContract(parsed, contract);
  const values = withRolesOfPlatform(checked);
  const settled = { given: parsed.values, values, names: settleNames(values), budget: divide(values) };
  const [findings, schema] = await Promise.all([
    askRules(settled),
    checkSchemaFiles(input, settled, parserOfPostgres(majorOf(values))),
  ]);
  const broken = findings.map((finding) => problemOf(parsed, finding));
  const problems = [...parsed.problems, ...misfits, ...broken, ...schema.problems];
  if (problems.length > 0) throw new InputError(sortProblems(problems));
  return { ...settled, defaults, schemaFiles: schema.files };
}

async function askRules(settled: Settled): Promise<Finding[]> {
  const rules = await loadRules();
  return [...rules.values()].flatMap((rule) => [...rule(settled)]);
}
