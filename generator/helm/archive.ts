import { gzipSync } from 'node:zlib';
import { Header, Pax } from 'tar';

/** A file of a chart. */
export interface ChartFile {
  /** Relative to the chart, with slashes. */
  readonly path: string;
  readonly content: Buffer;
}

/** Nothing tells when it was made: Helm writes times into the release. */
const WHEN = new Date(0);

const BLOCK = 512;

/** A chart as one file that Helm reads: a folder with another one for each service costs a busy disk more than Helm itself. */
export function archiveOf(files: readonly ChartFile[]): Buffer {
  const parts = files.flatMap(({ path, content }) => [...headOf(`chart/${path}`, content.length), content, paddingOf(content)]);
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 1 });
}

/** By ustar; a name that is too long for that stands in a header of pax before it. */
function headOf(path: string, size: number): Buffer[] {
  const header = new Header({ path, size, mode: 0o644, mtime: WHEN, type: 'File' });
  const long = header.encode() ? [new Pax({ path, size }).encode()] : [];
  return header.block === undefined ? long : [...long, header.block];
}

function paddingOf({ length }: Buffer): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
}
