import { parseDocument, type Block, type MarkNode } from "./markdown";

/** A text with the part of it that a citation points at. */
export interface Passage {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** Stand around the passage while Markdown is read. Noncharacters: no text has them. */
export const PASSAGE_START = "\ufdd0";
export const PASSAGE_END = "\ufdd1";

/** Larger documents are shown as they are: reading them would hold the page up. */
const LARGEST_CHARACTERS = 300_000;
const FRONT_MATTER = /^---\r?\n[^]*?\n---[ \t]*(\r?\n|$)/;
/** What makes a block of a line, and inline marks: between it and the text a mark does no harm. */
const OPENING =
  /^(\s*(`{3,}|~{3,}).*\n|\s*\d{1,9}[.)]\s|\s*([-*+]\s+)?\[[ xX]\]\s|[\s>#|*_~`[!<\\+-])*/;
const CLOSING = /[\s`~*_|#=>]*$/;

/**
 * Reads a document as Markdown with marks around the passage. The offsets are those of the source,
 * and a mark at a wrong place (in an address, before a list's dash) would change what is read. So
 * each way is held against the document without marks; null means that none leaves it the same,
 * and the source should be shown.
 */
export function parsePassage({ before, marked, after }: Passage): readonly Block[] | null {
  const source = before + marked + after;
  const front = FRONT_MATTER.exec(source)?.[0].length ?? 0;
  if (source.length > LARGEST_CHARACTERS || /[\ufdd0\ufdd1]/.test(source)) return null;
  const plain = parseDocument(source.slice(front));
  if (marked === "") return plain;
  if (before.length < front) return null;
  for (const from of [0, lengthOf(OPENING, marked)]) {
    for (const to of [marked.length, marked.length - lengthOf(CLOSING, marked)]) {
      if (from >= to) continue;
      const blocks = parseDocument(
        before.slice(front) + marked.slice(0, from) + PASSAGE_START +
          marked.slice(from, to) + PASSAGE_END + marked.slice(to) + after,
      );
      if (isSameButForMarks(blocks, plain)) return blocks;
    }
  }
  return null;
}

function lengthOf(pattern: RegExp, text: string): number {
  return pattern.exec(text)?.[0].length ?? 0;
}

function isSameButForMarks(blocks: readonly Block[], plain: readonly Block[]): boolean {
  const pieces = shapeOf(blocks).split(/[\ufdd0\ufdd1]/);
  return pieces.length === 3 && pieces.join("") === shapeOf(plain);
}

/** A tree as one text, in which it doesn't matter how runs of text were cut. */
function shapeOf(blocks: readonly Block[]): string {
  const shape = (node: MarkNode): string =>
    typeof node === "string"
      ? node
      : `\u0001${[node.tag, node.href, node.start]}\u0002${shapes(node.children)}\u0003`;
  const shapes = (nodes: readonly MarkNode[]) => nodes.map(shape).join("");
  return blocks.map(({ nodes }) => shapes(nodes)).join("");
}
