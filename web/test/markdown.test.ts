import assert from "node:assert/strict";
import { test } from "node:test";
import { countCodePoints } from "../shared/codepoints";
import { splitAtCodePoints } from "../widget/codepoints";
import { parseMarkdown, type MarkNode } from "../widget/markdown";
import { splitMarkers } from "../widget/markers";
import { PASSAGE_END, PASSAGE_START, parsePassage } from "../widget/passage";

/** Writes a tree as HTML-like text, to compare it. */
function show(node: MarkNode): string {
  if (typeof node === "string") return node;
  const href = node.href === undefined ? "" : ` href=${node.href}`;
  return `<${node.tag}${href}>${node.children.map(show).join("")}</${node.tag}>`;
}

function draw(text: string): string {
  return parseMarkdown(text).flatMap((block) => block.nodes).map(show).join("");
}

test("ordinary Markdown", () => {
  assert.equal(draw("**a** *b* `c`"),
               "<p><strong>a</strong> <em>b</em> <code>c</code></p>");
  assert.equal(draw("# T"), "<h3>T</h3>");
  assert.equal(draw("- a\n- b"), "<ul><li>a</li><li>b</li></ul>");
  assert.equal(draw("```\na < b\n```"), "<pre><code>a < b</code></pre>");
  assert.equal(draw("|a|\n|-|\n|b<br>c|"),
    "<table><thead><tr><th>a</th></tr></thead>" +
    "<tbody><tr><td>b<br></br>c</td></tr></tbody></table>");
  assert.equal(draw("- [x] done"), "<ul><li>☑ done</li></ul>");
});

test("HTML is text, never an element", () => {
  assert.equal(draw("<script>alert(1)</script>"), "<script>alert(1)</script>");
  const nodes = parseMarkdown("<b onclick=x>y</b> <svg/onload=z>")
    .flatMap((block) => block.nodes);
  const elements = (list: readonly MarkNode[]): string[] => list.flatMap((node) =>
    typeof node === "string" ? [] : [node.tag, ...elements(node.children)]);
  assert.deepEqual(elements(nodes), ["p"]);
});

test("links go to http, https and mailto only", () => {
  assert.equal(draw("[a](https://x.example/y)"), "<p><a href=https://x.example/y>a</a></p>");
  for (const href of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
                      "vbscript:x", "java&#115;cript:alert(1)", "/relative", "//host/path"]) {
    assert.equal(draw(`[a](${href})`), "<p>a</p>", href);
  }
});

test("an image is a link with its words", () => {
  assert.equal(draw("![cat](https://x.example/c.png?secret)"),
               "<p><a href=https://x.example/c.png?secret>cat</a></p>");
  assert.equal(draw("![cat](data:image/png;base64,AA)"), "<p>cat</p>");
});

test("a definition can't turn a citation's marker into a link", () => {
  assert.equal(draw("See [1].\n\n[1]: javascript:x"), "<p>See [1].</p><p>[1]: javascript:x</p>");
});

test("character references are read, half-written Markdown does not throw", () => {
  assert.equal(draw("a &amp; b &lt;i&gt; &#8364;"), "<p>a & b <i> €</p>");
  const text = "# A\n\n**b** [c](https://d.example)\n\n```js\ne\n```\n\n|f|g|\n|-|-|\n|h|i|\n";
  for (let end = 0; end <= text.length; end += 1) draw(text.slice(0, end));
});

test("finished blocks keep their source while the next one grows", () => {
  const before = parseMarkdown("one\n\ntw").map(({ source }) => source);
  const after = parseMarkdown("one\n\ntwo").map(({ source }) => source);
  assert.equal(before[0], after[0]);
});

test("markers of known citations only", () => {
  const known = new Map([[1, { n: 1 }], [12, { n: 12 }]]);
  assert.deepEqual(splitMarkers("a [1][12] b [3] [x]", known),
                   ["a ", { n: 1 }, { n: 12 }, " b [3] [x]"]);
  assert.deepEqual(splitMarkers("plain", known), ["plain"]);
});

test("offsets count code points", () => {
  const parts = splitAtCodePoints("🎈a🎈bc", 1, 4);
  assert.deepEqual(parts, { before: "🎈", marked: "a🎈b", after: "c" });
  assert.deepEqual(splitAtCodePoints("abc", 2, 99), { before: "ab", marked: "c", after: "" });
  assert.deepEqual(splitAtCodePoints("abc", 7, 9), { before: "abc", marked: "", after: "" });
  assert.equal(countCodePoints("🎈a"), 2);
});

/** What of a document would be marked, and what is drawn in all, for the words of a source. */
function passage(source: string, marked: string): { marked: string; drawn: string } | null {
  const at = source.indexOf(marked);
  assert.ok(at >= 0, marked);
  const blocks = parsePassage({
    before: source.slice(0, at), marked, after: source.slice(at + marked.length),
  });
  if (!blocks) return null;
  const drawn = blocks.flatMap(({ nodes }) => nodes).map(show).join("");
  const [before, inside, after] = drawn.split(/[\ufdd0\ufdd1]/);
  return { marked: inside ?? "", drawn: [before, inside, after].join("") };
}

const DOCUMENT = `---
title: Lamps
---
# Lamps & more

A *lamp* gives
light. **It burns** [oil](https://oil.example "x").

- One wick
- [x] Two \`wicks\`
  that hang

1. First
2) Second

| part | price |
|---|---|
| wick | **2** |

\`\`\`sh
lamp --on
\`\`\`

<div>hidden</div>

See <b>bold</b> [here] and https://lamp.example/x.

[here]: https://here.example
`;

test("a document's passage is marked exactly, whatever Markdown it begins and ends in", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["A *lamp* gives\nlight.", "A lamp gives\nlight."],
    ["lamp* gives", "lamp gives"],
    ["**It burns**", "It burns"],
    ["# Lamps & more", "Lamps & more"],
    ["- One wick", "One wick"],
    ["One wick\n- [x] Two", "One wick☑ Two"],
    ["[x] Two \`wicks\`\n  that hang", "Two wicks\nthat hang"],
    ["2) Second", "Second"],
    ["| wick | **2** |", "wick2"],
    ["| part | price |\n|---|---|\n| wick", "partpricewick"],
    ["\`\`\`sh\nlamp --on\n\`\`\`", "lamp --on"],
    ["oil", "oil"],
    ["See <b>bold</b> [here] and", "See bold here and"],
  ];
  const plain = passage(DOCUMENT, "lamp")?.drawn;
  assert.match(String(plain), /^<h3>Lamps & more<\/h3>/);
  assert.doesNotMatch(String(plain), /hidden|title:|here\.example(?!\/>)/);
  for (const [source, expected] of cases) {
    const got = passage(DOCUMENT, source);
    assert.ok(got, source);
    assert.equal(got.marked.replace(/<[^>]*>/g, ""), expected, source);
    assert.equal(got.drawn, plain, source);
  }
});

test("a passage that can't be marked exactly leaves the document as its source", () => {
  assert.equal(passage(DOCUMENT, "oil.example"), null);
  assert.equal(passage(DOCUMENT, "title: Lamps"), null);
  assert.equal(passage(DOCUMENT, "hidden"), null);
  assert.equal(passage("a \ufdd0 b", "b"), null);
  assert.equal(passage("x ".repeat(200_000), "x"), null);
});

test("a passage that is gone leaves the document without a mark", () => {
  const blocks = parsePassage({ before: "*a*", marked: "", after: "" });
  assert.deepEqual(blocks?.flatMap(({ nodes }) => nodes).map(show), ["<p><em>a</em></p>"]);
});

test("every passage of a document is marked exactly or not at all", () => {
  const plain = passage(DOCUMENT, "lamp")?.drawn;
  for (let start = 0; start < DOCUMENT.length; start += 3) {
    for (let end = start + 1; end <= DOCUMENT.length; end += 17) {
      const blocks = parsePassage({ before: DOCUMENT.slice(0, start),
                                    marked: DOCUMENT.slice(start, end),
                                    after: DOCUMENT.slice(end) });
      if (!blocks) continue;
      const drawn = blocks.flatMap(({ nodes }) => nodes).map(show).join("");
      assert.equal(drawn.replace(PASSAGE_START, "").replace(PASSAGE_END, ""), plain);
      const marked = drawn.slice(drawn.indexOf(PASSAGE_START) + 1, drawn.indexOf(PASSAGE_END));
      const words = marked.replace(/<[^>]*>|☑/g, " ").match(/\w+/g) ?? [];
      for (const word of words) assert.ok(DOCUMENT.slice(start, end).includes(word), word);
    }
  }
});
