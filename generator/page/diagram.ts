import type { Tables } from '../server/tables.ts';
import { boxOf, NAMES_FROM, TITLE_HEIGHT, type Box } from './boxes.ts';
import { layOut, type Point, type Route } from './layout.ts';
import { number } from './words.ts';

/** An ER diagram, ready to be written. */
export interface DiagramView {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly object[];
  readonly lines: readonly { readonly path: string; readonly from: string; readonly to: string }[];
  /** What it leaves out; empty for nothing. */
  readonly remark: string;
}

/** Draws tables with their references; undefined where there are none. */
export async function diagramOf({ tables, references, total }: Tables): Promise<DiagramView | undefined> {
  if (tables.length === 0) return undefined;
  const { width, height, boxes, lines } = await layOut(tables.map(boxOf), references);
  const left = total - tables.length;
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: boxes.map(viewOf),
    lines: lines.map(lineOf),
    remark: left > 0 ? `${number(tables.length)} of ${number(total)} tables are drawn.` : '',
  };
}

/** From the middle of a line of text to where its letters stand. */
const BASELINE = 4;

function viewOf({ x, y, width, height, title, about, lines }: Box & Point): object {
  const columns = lines.map((line) => ({ ...line, x: NAMES_FROM, end: width - 10, y: line.y + BASELINE }));
  return { x, y, width, height, title, about, middle: TITLE_HEIGHT / 2, rule: TITLE_HEIGHT, columns };
}

/** From who is referred to, one of them, to who refers, as many as there are: a bar at the one end, a crow's foot at the other. */
function lineOf({ reference, points }: Route): DiagramView['lines'][number] {
  const start = points[0] ?? { x: 0, y: 0 };
  const end = points.at(-1) ?? start;
  const bar = ({ x, y }: Point): string => `M${x} ${y - 4}V${y + 4}`;
  const foot = `M${end.x - 10} ${end.y}L${end.x} ${end.y - 5}M${end.x - 10} ${end.y}L${end.x} ${end.y + 5}`;
  return {
    path: pathOf(points),
    from: bar({ x: start.x + 6, y: start.y }),
    to: reference.isUnique ? bar({ x: end.x - 6, y: end.y }) : foot,
  };
}

const RADIUS = 6;

/** A line with round corners. */
function pathOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const [from, to] = [towards(point, before), towards(point, after)];
      return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`;
    })
    .join('');
}

/** The point a little way off a corner, and never beyond the middle of what leads there. */
function towards(corner: Point, other: Point): Point {
  const [dx, dy] = [other.x - corner.x, other.y - corner.y];
  const length = Math.hypot(dx, dy);
  const share = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length;
  return { x: round(corner.x + dx * share), y: round(corner.y + dy * share) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
