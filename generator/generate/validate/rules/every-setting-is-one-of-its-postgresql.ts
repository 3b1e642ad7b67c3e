import { pathOf } from '../given-settings.ts';
import type { Finding } from '../finding.ts';
import { majorOf } from '../image.ts';
import type { Rule } from '../rule.ts';
import { isPlaceholder, majorsOf, settingOf, whyNoSetting, type Setting } from '../settings.ts';

/** Every name of postgresql.settings is a setting that PostgreSQL of this major reads from postgresql.conf; one with a dot is an extension's. */
export const rule: Rule = ({ values }) =>
  Object.keys(values.postgresql.settings)
    .filter((name) => !isPlaceholder(name))
    .flatMap((name) => {
      const wrong = refusalOf(name, majorOf(values));
      return wrong === undefined ? [] : [{ path: pathOf(name), what: 'key', ...wrong }];
    });

type Refusal = Pick<Finding, 'message' | 'hint'>;

function refusalOf(name: string, major: number): Refusal | undefined {
  const setting = settingOf(name, major);
  if (setting === undefined) return unknown(name, major);
  const reason = whyNotInFile(setting);
  return reason === undefined ? undefined : { message: `"${name}" cannot be set here: ${reason}`, hint: 'Take it out.' };
}

function whyNotInFile({ context, elsewhere }: Setting): string | undefined {
  if (context === 'internal') return 'it only tells how the server was built or made';
  return elsewhere === true ? 'PostgreSQL does not read it from postgresql.conf' : undefined;
}

function unknown(name: string, major: number): Refusal {
  const hint =
    majorsOf(name).length > 0
      ? 'Take it out, or change postgresql.version.'
      : 'A server does not start with a name that it does not know; SHOW ALL lists those that it does.';
  return { message: whyNoSetting(name, major), hint };
}
