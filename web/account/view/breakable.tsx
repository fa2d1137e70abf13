/** Long names are e-mail addresses: they may break behind their marks, not within a word. */
export function breakable(name: string) {
  return name.split(/(?<=[@._+-])/).map((part) => [part, <wbr />]);
}
