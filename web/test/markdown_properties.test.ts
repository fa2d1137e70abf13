// What holds of every text that is drawn, tried on texts made by chance of what attacks are made
// of. The same ones each time: a number begins each, and is told when one fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument, parseMarkdown, type Block, type MarkNode } from "../widget/markdown";

const TEXTS = 4_000;
const MOST_PIECES = 24;
const TAGS = new Set([
  "p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "a", "ul", "ol", "li", "h3",
  "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
]);
const MARKS = [
  "*", "**", "_", "~~", "`", "```", "```html\n", "[", "](", ")", "![", "<", ">", "</", "/>", "\n",
  "\n\n", "> ", "- ", "1. ", "# ", "|", "|-|\n", "\\", "&", ";", '"', "'", "=", "(", "]:", "  ",
  "\t", "\r\n", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "---\n",
];
const HOSTILE = [
  "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
  "javascript:alert(1)", "JaVaScRiPt&colon;alert(1)", "java\nscript:alert(1)", "&#106;avascript:x",
  "java&Tab;script:x", "\u0001javascript:x", "data:text/html,<script>1</script>", "vbscript:x",
  "file:///etc/passwd", "blob:https://x.example/1", "//x.example", "/relative", "&lt;script&gt;",
  "&#60;b&#62;", "<a href='javascript:x'>", "<br onclick=x>", "<br>", "%6aavascript:x",
  "https://x.example/\"onmouseover=x", "https://user@x.example/?q=", "mailto:a@b.example?bcc=x",
  "\u202e", "\u200b", "\ud800", "\u0000", "<iframe srcdoc=x>", "style=behavior:url(x)",
];
const WORDS = ["the", "door", "on", "left", "2", "is", "open", "Grüße", "東京", "now", "?", "."];

/** Whole numbers below `most`, the same for the same seed. */
function chance(seed: number): (most: number) => number {
  let state = seed * 2_654_435_761;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
}

function made(seed: number, kinds: readonly (readonly string[])[], between = ""): string {
  const below = chance(seed);
  const pieces = Array.from({ length: 1 + below(MOST_PIECES) }, () => {
    const pieces = kinds[below(kinds.length)] ?? [];
    return pieces[below(pieces.length)] ?? "";
  });
  return pieces.join(between);
}

const nodesOf = (blocks: readonly Block[]) => blocks.flatMap(({ nodes }) => nodes);
const textOf = (nodes: readonly MarkNode[]): string =>
  nodes.map((node) => (typeof node === "string" ? node : textOf(node.children))).join("");

function assertHarmless(nodes: readonly MarkNode[]): void {
  for (const node of nodes) {
    if (typeof node === "string") continue;
    assert.ok(TAGS.has(node.tag), node.tag);
    const names = Object.keys(node).filter((name) => !["tag", "children"].includes(name));
    assert.ok(names.every((name) => name === (node.tag === "a" ? "href" : "start")), names.join());
    if (node.tag === "a") assert.match(node.href ?? "", /^(https?:\/\/[^\s/]|mailto:)/);
    assertHarmless(node.children);
  }
}

test("B2 whatever is in a text, only what is allowed is drawn", () => {
  for (let seed = 1; seed <= TEXTS; seed += 1) {
    const text = made(seed, [MARKS, HOSTILE, WORDS]);
    for (const parse of [parseMarkdown, parseDocument]) {
      try {
        assertHarmless(nodesOf(parse(text)));
      } catch (error) {
        assert.fail(`seed ${seed}: ${JSON.stringify(text)}: ${String(error)}`);
      }
    }
  }
});

test("B2 what has been drawn is drawn again without harm", () => {
  for (let seed = 1; seed <= TEXTS; seed += 1) {
    const drawn = textOf(nodesOf(parseMarkdown(made(seed, [MARKS, HOSTILE]))));
    assertHarmless(nodesOf(parseMarkdown(drawn)));
    assertHarmless(nodesOf(parseDocument(drawn)));
  }
});

test("B2 a text that streams in is harmless at every piece of it", () => {
  for (let seed = 1; seed <= TEXTS / 20; seed += 1) {
    const text = made(seed, [MARKS, HOSTILE]);
    for (let end = 0; end <= text.length; end += 1) {
      assertHarmless(nodesOf(parseMarkdown(text.slice(0, end))));
    }
  }
});

test("B2 plain words are drawn as they are, once and again", () => {
  for (let seed = 1; seed <= TEXTS; seed += 1) {
    const text = `It ${made(seed, [WORDS], " ")} ends`;
    const once = textOf(nodesOf(parseMarkdown(text)));
    assert.equal(once, text);
    assert.equal(textOf(nodesOf(parseMarkdown(once))), once);
  }
});
