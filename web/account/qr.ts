import { encode } from "uqr";

/** As wide as the standard asks for, in modules: without it many cameras find nothing. */
const QUIET_MODULES = 4;

export interface QrPicture {
  /** Of a side, in modules, with the quiet zone. */
  readonly size: number;
  /** The dark modules, as the `d` of an SVG path. */
  readonly path: string;
}

/** Each row's runs of dark modules are one rectangle, so no seams show between them. */
export function qrPicture(text: string): QrPicture {
  const { data, size } = encode(text, { ecc: "M", border: QUIET_MODULES });
  const runs: string[] = [];
  data.forEach((row, y) => {
    for (let x = 0; x < size; x += 1) {
      if (!row[x]) continue;
      const begin = x;
      while (row[x + 1]) x += 1;
      const length = x + 1 - begin;
      runs.push(`M${begin} ${y}h${length}v1h-${length}z`);
    }
  });
  return { size, path: runs.join("") };
}
