import type { ElkExtendedEdge, ElkNode, ElkPort } from 'elkjs';
import elk from 'elkjs/lib/elk.bundled.js';
import { oncePer } from '../generate/once.ts';
import type { Reference } from '../server/tables.ts';
import type { Box } from './boxes.ts';

/** Where boxes and lines of a drawing are. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly (Box & Point)[];
  readonly lines: readonly Route[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The line of a reference, from the table that is referred to. */
export interface Route {
  readonly reference: Reference;
  readonly points: readonly Point[];
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.aspectRatio': '1.7',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
  'elk.spacing.nodeNode': '26',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.componentComponent': '26',
  'elk.layered.spacing.nodeNodeBetweenLayers': '56',
  'elk.layered.spacing.edgeNodeBetweenLayers': '20',
};

/** Made once, when it is first wanted: making one takes longer than a layout. */
const layouterFor = oncePer((_options: object) => new elk.default());

/** Places boxes with the lines between them, so that a line begins and ends at its column. The texts play no part but by their widths. */
export async function layOut(boxes: readonly Box[], references: readonly Reference[]): Promise<Layout> {
  const routed = references.flatMap((reference, index) => edgeOf(reference, index, boxes));
  const ports = routed.flatMap(({ ports }) => ports);
  const children = boxes.map(({ id, width, height }) => nodeOf({ id, width, height }, ports));
  const graph: ElkNode = { id: 'root', layoutOptions: OPTIONS, children, edges: routed.map(({ edge }) => edge) };
  const { width = 0, height = 0, children: placed = [], edges = [] }: ElkNode = await layouterFor(OPTIONS).layout(graph);
  const places = new Map(placed.map(({ id, x = 0, y = 0 }) => [id, { x, y }]));
  const lines = new Map(edges.map((edge) => [edge.id, pointsOf(edge)]));
  return {
    width,
    height,
    boxes: boxes.map((box) => ({ ...box, ...(places.get(box.id) ?? { x: 0, y: 0 }) })),
    lines: routed.map(({ reference, edge }) => ({ reference, points: lines.get(edge.id) ?? [] })),
  };
}

/** An end of a line, and the box that it belongs to. */
type End = ElkPort & { readonly box: string };

interface Edge {
  readonly reference: Reference;
  readonly edge: ElkExtendedEdge;
  readonly ports: readonly End[];
}

/** From the right side of what is referred to, to the left side of who refers. */
function edgeOf(reference: Reference, index: number, boxes: readonly Box[]): Edge[] {
  const { from, to } = reference;
  const start = endOf(
    `${index}>`,
    boxes.find(({ id }) => id === to.table),
    to.column,
    'EAST',
  );
  const end = endOf(
    `>${index}`,
    boxes.find(({ id }) => id === from.table),
    from.column,
    'WEST',
  );
  if (!start || !end) return [];
  return [{ reference, edge: { id: String(index), sources: [start.id], targets: [end.id] }, ports: [start, end] }];
}

function endOf(id: string, box: Box | undefined, column: number, side: 'EAST' | 'WEST'): End | undefined {
  if (!box) return undefined;
  // A column that has no line has the last one, which stands for all of them.
  const y = (box.lines.find(({ number }) => number === column) ?? box.lines.at(-1))?.y ?? 0;
  return { id, box: box.id, x: side === 'EAST' ? box.width : 0, y, layoutOptions: { 'elk.port.side': side } };
}

function nodeOf({ id, width, height }: Pick<Box, 'id' | 'width' | 'height'>, ports: readonly End[]): ElkNode {
  const own = ports.filter(({ box }) => box === id).map(({ box: _, ...port }) => port);
  return { id, width, height, ports: own, layoutOptions: { 'elk.portConstraints': 'FIXED_POS' } };
}

function pointsOf({ sections = [] }: ElkExtendedEdge): Point[] {
  return sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
}
