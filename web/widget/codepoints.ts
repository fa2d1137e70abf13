import type { Passage } from "./passage";

/**
 * Offsets of citations count Unicode code points, JavaScript counts UTF-16 units: one emoji
 * before the passage would shift the mark by one.
 */
export function splitAtCodePoints(
  text: string,
  start: number,
  end: number,
): Passage {
  const from = unitIndex(text, start, 0, 0);
  const to = unitIndex(text, end, from.units, from.points);
  return {
    before: text.slice(0, from.units),
    marked: text.slice(from.units, to.units),
    after: text.slice(to.units),
  };
}

function unitIndex(
  text: string,
  target: number,
  fromUnits: number,
  fromPoints: number,
): { units: number; points: number } {
  let units = fromUnits;
  let points = fromPoints;
  while (points < target && units < text.length) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
    points += 1;
  }
  return { units, points };
}
