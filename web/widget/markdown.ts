import { Lexer, Tokenizer, type MarkedToken, type Token, type Tokens } from "marked";

/** Every element a reply may be made of. Nothing else can be drawn. */
export type Tag =
  | "p" | "br" | "hr" | "strong" | "em" | "del" | "code" | "pre" | "blockquote" | "a"
  | "ul" | "ol" | "li" | "h3" | "h4" | "h5" | "h6"
  | "table" | "thead" | "tbody" | "tr" | "th" | "td";

export type MarkNode = string | MarkElement;

export interface MarkElement {
  readonly tag: Tag;
  readonly children: readonly MarkNode[];
  /** Of a link; always http, https or mailto. */
  readonly href?: string;
  /** The first number of an ordered list. */
  readonly start?: number;
}

export interface Block {
  readonly source: string;
  readonly nodes: readonly MarkNode[];
}

const HEADINGS: readonly Tag[] = ["h3", "h4", "h5", "h6"];
/** Models break lines in table cells with it: the one tag that is obeyed. */
const BREAK = /^<br\s*\/?>\s*$/i;
const SAFE_PROTOCOLS = ["http:", "https:", "mailto:"];
const CHARACTERS: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0",
};

class ReplyTokenizer extends Tokenizer {
  /** `[1]: https://…` would turn the markers of citations into links. */
  override def(): undefined {
    return undefined;
  }
}

class DocumentTokenizer extends Tokenizer {
  override html(source: string): Tokens.HTML | undefined {
    return withoutMarkup(super.html(source));
  }
  override tag(source: string): Tokens.Tag | undefined {
    return withoutMarkup(super.tag(source));
  }
}

function withoutMarkup<T extends Tokens.HTML | Tokens.Tag>(token: T | undefined): T | undefined {
  return token && !BREAK.test(token.text) ? { ...token, text: "" } : token;
}

/**
 * Markdown to a tree of allowed elements. No HTML is made on the way, so there is none to
 * sanitise: HTML in a reply is text. An image becomes a link, because a picture loads by
 * itself and its address could carry the chat's words away.
 */
export function parseMarkdown(text: string): Block[] {
  const lexer = new Lexer({ gfm: true, breaks: true, tokenizer: new ReplyTokenizer() });
  return blocksOf(lexer.lex(text));
}

/**
 * The same for a document of the site: its lines flow, its links may be defined below, and what
 * it holds of HTML is left out, as it is when the document is searched.
 */
export function parseDocument(text: string): Block[] {
  const lexer = new Lexer({ gfm: true, tokenizer: new DocumentTokenizer() });
  return blocksOf(lexer.lex(text));
}

function blocksOf(tokens: readonly Token[]): Block[] {
  return tokens
    .filter((token) => token.type !== "space")
    .map((token) => ({ source: token.raw, nodes: nodesOf([token]) }));
}

function nodesOf(tokens: readonly Token[]): MarkNode[] {
  return tokens.flatMap((token) => nodesOfToken(token as MarkedToken));
}

function nodesOfToken(token: MarkedToken): MarkNode[] {
  switch (token.type) {
    case "paragraph":
      return [{ tag: "p", children: nodesOf(token.tokens) }];
    case "heading":
      return [{ tag: headingTag(token.depth), children: nodesOf(token.tokens) }];
    case "strong":
    case "em":
    case "del":
    case "blockquote":
      return [{ tag: token.type, children: nodesOf(token.tokens) }];
    case "br":
    case "hr":
      return [{ tag: token.type, children: [] }];
    case "code":
      return [{ tag: "pre", children: [{ tag: "code", children: [token.text] }] }];
    case "codespan":
      return [{ tag: "code", children: [token.text] }];
    case "link":
      return linkTo(token.href, nodesOf(token.tokens));
    case "image":
      return linkTo(token.href, [decodeCharacters(token.text || token.href)]);
    case "list":
      return [list(token)];
    case "table":
      return [table(token)];
    case "checkbox":
      return [token.checked ? "☑ " : "☐ "];
    case "html":
      return html(token);
    case "text":
      return token.tokens ? nodesOf(token.tokens) : [decodeCharacters(token.text)];
    case "escape":
      return [token.text];
    case "def":
      return [];
    default:
      return [token.raw];
  }
}

/** The page around the widget owns the first two levels. */
function headingTag(depth: number): Tag {
  return HEADINGS[Math.min(depth, HEADINGS.length) - 1] ?? "h6";
}

function list(token: Tokens.List): MarkElement {
  const children = token.items.map((item): MarkElement => ({
    tag: "li",
    children: nodesOf(item.tokens),
  }));
  if (!token.ordered) return { tag: "ul", children };
  return { tag: "ol", children, start: Number(token.start) || 1 };
}

function table(token: Tokens.Table): MarkElement {
  const row = (cells: readonly Tokens.TableCell[], tag: "th" | "td"): MarkElement => ({
    tag: "tr",
    children: cells.map((cell) => ({ tag, children: nodesOf(cell.tokens) })),
  });
  return {
    tag: "table",
    children: [
      { tag: "thead", children: [row(token.header, "th")] },
      { tag: "tbody", children: token.rows.map((cells) => row(cells, "td")) },
    ],
  };
}

function html(token: Tokens.HTML | Tokens.Tag): MarkNode[] {
  return BREAK.test(token.text) ? [{ tag: "br", children: [] }] : [token.text];
}

function linkTo(href: string, children: readonly MarkNode[]): MarkNode[] {
  const safe = safeHref(href);
  return safe === null ? [...children] : [{ tag: "a", href: safe, children }];
}

/** Only absolute addresses: a relative one would point into the page around the widget. */
function safeHref(href: string): string | null {
  try {
    const url = new URL(href);
    return SAFE_PROTOCOLS.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function decodeCharacters(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/g, (whole, code, name) =>
    name ? (CHARACTERS[String(name)] ?? whole) : fromCode(Number(code), whole));
}

function fromCode(code: number, otherwise: string): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}
