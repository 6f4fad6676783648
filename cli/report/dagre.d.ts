/** The used part of dagre: its own types import each other without extensions, which Node's modules do not resolve. */
declare module '@dagrejs/dagre' {
  interface Point {
    readonly x: number;
    readonly y: number;
  }

  export class Graph {
    setGraph(options: Readonly<Record<string, unknown>>): void;
    setNode(id: string, size: { readonly width: number; readonly height: number }): void;
    setEdge(from: string, to: string, label: object): void;
    hasNode(id: string): boolean;
    /** The members below are available after `layout`. */
    graph(): { readonly width: number; readonly height: number };
    /** The centre of a node. */
    node(id: string): Point;
    edges(): readonly object[];
    edge(key: object): { readonly points: readonly Point[] };
  }

  export function layout(graph: Graph): void;
}
