/** The first that fits names the browser: most of them also claim to be those below. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?(iOS)?\//, "Edge"],
  [/\bOPR\/|\bOPiOS\/|\bOpera\b/, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/Chrome\/|\bCriOS\/|\bChromium\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*Safari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** A User-Agent in words: "Firefox on Linux". It is what the client says of itself, no more. */
export function describeUserAgent(userAgent: string): string {
  const browser = find(BROWSERS, userAgent) ?? programOf(userAgent);
  const system = find(SYSTEMS, userAgent);
  if (!browser) return system ? `A browser on ${system}` : "An unknown browser";
  return system ? `${browser} on ${system}` : browser;
}

function find(table: typeof BROWSERS, userAgent: string): string | null {
  return table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
}

/** What isn't a browser begins with its own name: "curl/8.5.0". */
function programOf(userAgent: string): string | null {
  const name = /^([\w.-]{1,32})\//.exec(userAgent)?.[1];
  return name && name !== "Mozilla" ? name : null;
}
