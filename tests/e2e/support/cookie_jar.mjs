/** The cookies that a browser keeps for one host, with the paths that they are for. */
export class CookieJar {
  #kept = new Map();

  /** With those of a `Cookie` header. */
  constructor(header = "") {
    for (const pair of header.split("; ").filter(Boolean)) this.keep(pair);
  }

  /** Takes a line of `Set-Cookie`: answers the value that is kept, or nothing when it ends. */
  keep(line) {
    const [pair, ...attributes] = line.split(/; */);
    const name = pair.slice(0, pair.indexOf("="));
    const value = pair.slice(pair.indexOf("=") + 1);
    const of = (attribute) =>
      attributes.find((each) => each.toLowerCase().startsWith(`${attribute}=`))?.split("=")[1];
    const isOver = of("max-age") === "0" || Date.parse(of("expires")) <= Date.now();
    if (isOver) this.#kept.delete(name);
    else this.#kept.set(name, { value, path: of("path") ?? "/" });
    return isOver ? "" : value;
  }

  /** What goes along to that path; without one, all of it. */
  header(path) {
    const isFor = (scope) =>
      path === undefined || path === scope || path.startsWith(scope.replace(/\/?$/, "/"));
    return [...this.#kept]
      .filter(([, cookie]) => isFor(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
  }

  names() {
    return [...this.#kept.keys()];
  }
}
