/** Replaces each `[1]` in a text by what is known under its number; others stay text. */
export function splitMarkers<T>(text: string, known: ReadonlyMap<number, T>): (string | T)[] {
  const pieces: (string | T)[] = [];
  let from = 0;
  for (const match of text.matchAll(/\[(\d{1,3})\]/g)) {
    const cited = known.get(Number(match[1]));
    if (cited === undefined) continue;
    if (match.index > from) pieces.push(text.slice(from, match.index));
    pieces.push(cited);
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}
