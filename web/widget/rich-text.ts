import { copyText } from "../shared/clipboard";
import type { Citation } from "./events";
import { parseMarkdown, type Block, type MarkElement, type MarkNode } from "./markdown";
import { splitMarkers } from "./markers";
import { PASSAGE_END, PASSAGE_START } from "./passage";
import { fill, type Strings } from "./strings";

interface DrawnBlock {
  readonly source: string;
  readonly nodes: readonly ChildNode[];
}

export interface RichTextHooks {
  readonly strings: Strings;
  readonly openCitation: (citation: Citation, from: HTMLElement) => void;
}

const COPIED_SHOWN_MS = 2_000;

/**
 * Draws a reply, or a document, into an element. Blocks whose source did not change keep their
 * nodes: a long reply stays cheap while it streams, and a selection in it survives.
 */
export class RichText {
  private drawn: DrawnBlock[] = [];
  private citations: ReadonlyMap<number, Citation> = new Map();
  private citationsGiven: readonly Citation[] = [];
  private isDocument = false;
  private isInPassage = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly hooks: RichTextHooks,
  ) {}

  draw(text: string, citations: readonly Citation[]): void {
    const blocks = parseMarkdown(text);
    const keeps = citations === this.citationsGiven ? this.countUnchanged(blocks) : 0;
    this.citationsGiven = citations;
    this.citations = new Map(citations.map((citation) => [citation.number, citation]));
    for (const block of this.drawn.slice(keeps)) block.nodes.forEach((node) => node.remove());
    this.drawn = this.drawn.slice(0, keeps);
    for (const block of blocks.slice(keeps)) this.drawn.push(this.append(block));
  }

  /** Draws a document, once. What stands between the marks of its passage is marked. */
  drawDocument(blocks: readonly Block[]): void {
    this.isDocument = true;
    blocks.forEach((block) => this.append(block));
  }

  private countUnchanged(blocks: readonly Block[]): number {
    const first = this.drawn.findIndex((block, index) => block.source !== blocks[index]?.source);
    return first < 0 ? this.drawn.length : first;
  }

  private append({ source, nodes }: Block): DrawnBlock {
    const drawn = nodes.flatMap((node) => this.drawNode(node, true));
    this.element.append(...drawn);
    return { source, nodes: drawn };
  }

  private drawNode(node: MarkNode, hasMarkers: boolean): ChildNode[] {
    if (typeof node !== "string") return [this.drawElement(node, hasMarkers)];
    if (this.isDocument) return this.drawMarked(node);
    if (!hasMarkers) return [new Text(node)];
    return splitMarkers(node, this.citations).map((piece) =>
      typeof piece === "string" ? new Text(piece) : this.marker(piece));
  }

  private drawMarked(text: string): ChildNode[] {
    return text.split(/([\ufdd0\ufdd1])/).flatMap((piece): ChildNode[] => {
      if (piece === PASSAGE_START || piece === PASSAGE_END) {
        this.isInPassage = piece === PASSAGE_START;
        return [];
      }
      if (!this.isInPassage || piece.trim() === "") return [new Text(piece)];
      const mark = document.createElement("mark");
      mark.textContent = piece;
      return [mark];
    });
  }

  private drawElement(node: MarkElement, hasMarkers: boolean): HTMLElement {
    const { tag, href, start } = node;
    const element = document.createElement(tag);
    const marks = hasMarkers && tag !== "code" && tag !== "a";
    element.append(...node.children.flatMap((child) => this.drawNode(child, marks)));
    if (element instanceof HTMLAnchorElement && href !== undefined) openOutside(element, href);
    if (element instanceof HTMLOListElement && start !== undefined) element.start = start;
    if (element instanceof HTMLPreElement) return this.withCopyButton(element);
    return tag === "table" ? this.scrollable(element) : element;
  }

  private marker(citation: Citation): HTMLElement {
    const { number, title, file } = citation;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "marker";
    button.textContent = String(number);
    const label = fill(this.hooks.strings.openSource, { number, title: title || file });
    button.setAttribute("aria-label", label);
    button.title = title || file;
    button.addEventListener("click", () => this.hooks.openCitation(citation, button));
    return button;
  }

  private withCopyButton(code: HTMLPreElement): HTMLElement {
    const { strings } = this.hooks;
    const frame = document.createElement("div");
    frame.className = "code";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = strings.copy;
    button.addEventListener("click", async () => {
      const isCopied = await copyText(code.textContent ?? "");
      button.textContent = isCopied ? strings.copied : strings.copyFailed;
      setTimeout(() => (button.textContent = strings.copy), COPIED_SHOWN_MS);
    });
    code.tabIndex = 0;
    frame.append(code, button);
    return frame;
  }

  /** Wide tables scroll inside the reply, by keyboard as well. */
  private scrollable(table: HTMLElement): HTMLElement {
    const frame = document.createElement("div");
    frame.className = "table";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", this.hooks.strings.table);
    frame.append(table);
    return frame;
  }
}

function openOutside(anchor: HTMLAnchorElement, href: string): void {
  anchor.href = href;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer nofollow";
}
