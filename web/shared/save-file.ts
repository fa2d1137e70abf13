/** Long enough for a browser that asks where to put it; then its memory is given back. */
const KEPT_MS = 60_000;

/** Hands a file to the browser, which saves it as it saves others. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
