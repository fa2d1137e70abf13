/** Length as the server counts it. */
export function countCodePoints(text: string): number {
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}
