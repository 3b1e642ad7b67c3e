/** How often the line is drawn at most, in milliseconds. */
const EVERY = 60;

/** Characters of a bar. */
const BAR = 24;

/** What goes on, on the last line of a terminal: it is drawn again and again, and gone when anything else is written. */
export interface StatusLine {
  show(what: string): void;
  showSteps(done: number, total: number, what: string): void;
  /** Takes it away, so that something else can be written. */
  clear(): void;
}

/** Where it is drawn. */
interface Terminal {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): unknown;
}

/** The line on a terminal; on anything else there is none. */
export function makeStatusLine(stream: Terminal): StatusLine {
  if (!stream.isTTY) return { show: () => undefined, showSteps: () => undefined, clear: () => undefined };
  let isShown = false;
  let drawn = -Infinity;
  const draw = (text: string): void => {
    isShown = true;
    drawn = performance.now();
    stream.write(`\r\u001b[K${text.slice(0, stream.columns - 1)}`);
  };
  return {
    show: (what) => draw(`${what} …`),
    showSteps: (done, total, what) => {
      if (performance.now() - drawn >= EVERY) draw(`${barOf(done / total)} ${done}/${total} ${what}`);
    },
    clear: () => {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
      drawn = -Infinity;
    },
  };
}

function barOf(part: number): string {
  const full = Math.round(Math.min(1, part) * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
}
