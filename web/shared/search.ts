/**
 * SHA-256 of a text of ASCII characters, as eight words that the next call writes over. It hashes
 * by itself: crypto.subtle costs a promise for each number, and pages without TLS don't have it.
 *
 * Neither function here uses a name from outside, because their sources are what the worker runs.
 */
export function makeHash(): (text: string) => Int32Array {
  const initial = new Int32Array(8);
  const constants = new Int32Array(64);
  const state = new Int32Array(8);
  const words = new Int32Array(64);

  // The standard's numbers are the first bits behind the point of roots of primes.
  for (let prime = 2, found = 0; found < 64; prime += 1) {
    let divisor = 2;
    while (prime % divisor) divisor += 1;
    if (divisor < prime) continue;
    if (found < 8) initial[found] = (prime ** 0.5 % 1) * 2 ** 32;
    constants[found] = (Math.cbrt(prime) % 1) * 2 ** 32;
    found += 1;
  }

  const turn = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

  const byte = (text: string, at: number) =>
    at < text.length ? text.charCodeAt(at) : at === text.length ? 128 : 0;
  const fillWords = (text: string, from: number) => {
    for (let index = 0, at = from; index < 16; index += 1, at += 4) {
      words[index] = (byte(text, at) << 24) | (byte(text, at + 1) << 16) |
        (byte(text, at + 2) << 8) | byte(text, at + 3);
    }
  };

  const stretchWords = () => {
    for (let index = 16; index < 64; index += 1) {
      const early = words[index - 15]!;
      const late = words[index - 2]!;
      const first = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const second = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      words[index] = words[index - 16]! + first + words[index - 7]! + second;
    }
  };

  const compress = () => {
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      number, number, number, number, number, number, number, number];
    for (let index = 0; index < 64; index += 1) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const mixed = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + mixed + choice + constants[index]! + words[index]!) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index]! += word));
  };

  return (text) => {
    state.set(initial);
    const blocks = ((text.length + 8) >> 6) + 1;
    for (let block = 0; block < blocks; block += 1) {
      fillWords(text, block * 64);
      if (block === blocks - 1) words[15] = text.length * 8;
      stretchWords();
      compress();
    }
    return state;
  };
}

/**
 * The search of a proof of work: for the number whose hash, written behind `salt`, is `wanted`
 * (hex). What it answers looks through `from` up to before `to` and gives the number, or -1.
 */
export function makeSearch(
  hash: ReturnType<typeof makeHash>,
  salt: string,
  wanted: string,
): (from: number, to: number) => number {
  const target = Int32Array.from({ length: 8 }, (_, index) =>
    parseInt(wanted.slice(index * 8, index * 8 + 8), 16));
  return (from, to) => {
    for (let number = from; number < to; number += 1) {
      if (hash(salt + number).every((word, index) => word === target[index])) return number;
    }
    return -1;
  };
}
