/**
 * What Helm leaves out of a folder by the text of its .helmignore: names, with `*` for any part of one, and with `/` behind them for folders alone. Of an
 * archive it leaves nothing out. Its other rules (`!`, a path) are in no chart of ours.
 */
export function ignoredBy(text: string): (path: string) => boolean {
  const lines = text.split('\n').map((line) => line.trim());
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#')).map(ruleOf);
  return (path) => {
    const names = path.split('/');
    return names.some((name, index) =>
      rules.some(({ isFolder, matches }) => matches(name) && (!isFolder || index < names.length - 1)),
    );
  };
}

interface Rule {
  readonly isFolder: boolean;
  readonly matches: (name: string) => boolean;
}

function ruleOf(line: string): Rule {
  const pattern = line
    .replace(/\/$/, '')
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*');
  const whole = new RegExp(`^${pattern}$`);
  return { isFolder: line.endsWith('/'), matches: (name) => whole.test(name) };
}
