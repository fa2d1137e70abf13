/** Lines that stand for themselves: headings, lists, quotes, tables, rules, code, HTML. */
const STRUCTURE = /^(\s{4,}|\t|\s*([#>|<`~]|[-*+]\s|\d+[.)]\s|[-=*_]{3,}\s*$))/;
const FENCE = /^\s{0,3}(```|~~~)/;

/**
 * Joins the lines that an author's editor broke inside a paragraph. Each break becomes one
 * space, so the text keeps its length and the offsets of citations still hold.
 */
export function reflow(markdown: string): string {
  const lines = markdown.split("\n");
  let isCode = false;
  let text = "";
  lines.forEach((line, index) => {
    const next = lines[index + 1];
    if (FENCE.test(line)) isCode = !isCode;
    text += line;
    if (next !== undefined) text += !isCode && goesOn(line, next) ? " " : "\n";
  });
  return text;
}

/** A list item or quote may go on in the next line; a heading, table or rule doesn't. */
function goesOn(line: string, next: string): boolean {
  const isProse = line.trim() !== "" && !/^\s*([#|<`~]|[-=*_]{3,}\s*$)/.test(line);
  const isHardBreak = / {2}$|\\$/.test(line);
  return isProse && !isHardBreak && next.trim() !== "" && !STRUCTURE.test(next);
}
