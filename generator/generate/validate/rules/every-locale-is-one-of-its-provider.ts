import type { CompleteValues } from '../contract.ts';
import type { Finding } from '../finding.ts';
import { listGiven } from '../given-settings.ts';
import { isOfficialImage, majorOf } from '../image.ts';
import { builtinLocales, isLibcLocale, LIBC_LOCALES } from '../locales.ts';
import type { Rule } from '../rule.ts';
import { textOf } from '../settings.ts';
import { shown } from '../shown.ts';

/** A locale, of a database or in a setting, has a name that its provider knows, and a provider that PostgreSQL of this major has. */
export const rule: Rule = ({ values }) => [...ofSettings(values), ...ofServices(values)];

const LOCALE_SETTINGS = ['lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time'];

function ofSettings(values: CompleteValues): Finding[] {
  const given = isOfficialImage(values) ? listGiven(values).filter(({ setting }) => LOCALE_SETTINGS.includes(setting.name)) : [];
  return given.flatMap(({ path, name, value }) => {
    // Empty is the environment's, which for messages no server starts with.
    const isKnown = isLibcLocale(textOf(value)) || (value === '' && name !== 'lc_messages');
    return isKnown ? [] : [{ path, ...notOfLibrary(textOf(value)), hint: `It has ${LIBC_LOCALES}.` }];
  });
}

function ofServices(values: CompleteValues): Finding[] {
  return Object.entries(values.services).flatMap(([service, { locale }]) => {
    const wrong = refusalOf(locale, values);
    return wrong === undefined ? [] : [{ ...wrong, path: ['services', service, 'locale', ...wrong.path] }];
  });
}

type Locale = { readonly provider: string; readonly name: string };

function refusalOf({ provider, name }: Locale, values: CompleteValues): Finding | undefined {
  if (provider === 'builtin') return builtinRefusal(name, majorOf(values));
  if (provider === 'icu') return name === '' ? withoutName('icu', 'de-DE, en-US or und') : undefined;
  if (name === '' || isLibcLocale(name) || !isOfficialImage(values)) return undefined;
  return { path: ['name'], ...notOfLibrary(name), hint: `It has ${LIBC_LOCALES}; ICU has others: set locale.provider to icu.` };
}

function notOfLibrary(name: string): Pick<Finding, 'message'> {
  return { message: `the C library of the official image has no locale ${shown(name)}` };
}

function builtinRefusal(name: string, major: number): Finding | undefined {
  const known = builtinLocales(major);
  if (known.length === 0) {
    const message = `PostgreSQL ${major} has no locales of its own; it has them from 17 on`;
    return { path: ['provider'], message, hint: 'Set locale.provider to icu or libc.' };
  }
  if (name === '') return withoutName('builtin', known.join(', '));
  if (known.includes(name)) return undefined;
  const message = `PostgreSQL ${major} has no locale "${name}" of its own; it must be one of ${known.join(', ')}`;
  return { path: ['name'], message, hint: 'Any other is for locale.provider icu or libc.' };
}

function withoutName(provider: string, examples: string): Finding {
  return { path: ['provider'], message: `a locale of ${provider} needs a name`, hint: `Set locale.name, such as ${examples}.` };
}
