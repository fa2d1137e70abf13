// HashiCorp Vault's key-value engine of version 2, as strict as the real one: it answers what may
// be asked, and remembers what else was tried.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";

export class Vault {
  /** By path below the mount: the versions of a secret, the latest last; null where deleted. */
  secrets = new Map();
  tokens = new Set(["hvs.test-vault-token-of-gatehouse"]);
  namespace = "";
  isSealed = false;
  asked = [];
  violations = [];

  static async start(t, { namespace = "", tls } = {}) {
    const vault = new Vault();
    vault.namespace = namespace;
    const serve = (request, response) => vault.#serve(request, response);
    vault.server = tls ? createSecureServer(tls, serve) : createServer(serve);
    await new Promise((resolve) => vault.server.listen(0, "127.0.0.1", resolve));
    const scheme = tls ? "https" : "http";
    vault.url = `${scheme}://${tls ? "localhost" : "127.0.0.1"}:${vault.server.address().port}`;
    t.after(() => {
      vault.close();
      assert.deepEqual(vault.violations, [], "what Vault was asked");
    });
    return vault;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }

  get token() {
    return [...this.tokens][0];
  }

  /** What the server needs to know of it. */
  get env() {
    const namespace = this.namespace ? { VAULT_NAMESPACE: this.namespace } : {};
    return { VAULT_ADDR: this.url, VAULT_TOKEN: this.token, ...namespace };
  }

  put(path, data) {
    if (!this.secrets.has(path)) this.secrets.set(path, []);
    this.secrets.get(path).push(data);
  }

  #serve(request, response) {
    const { method, url, headers } = request;
    this.asked.push(url);
    const answer = (status, body) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const found = /^\/v1\/secret\/data\/([A-Za-z0-9_/-]+)$/.exec(url);
    if (method !== "GET" || !found) this.violations.push(`${method} ${url}`);
    if (headers["x-vault-request"] !== "true") this.violations.push("no X-Vault-Request");
    if (headers.authorization || headers.cookie) this.violations.push("another credential");
    if (this.isSealed) return answer(503, { errors: ["Vault is sealed"] });
    const isKnown = this.tokens.has(headers["x-vault-token"] ?? "");
    if (!isKnown || (headers["x-vault-namespace"] ?? "") !== this.namespace)
      return answer(403, { errors: ["permission denied"] });
    const versions = this.secrets.get(found?.[1]);
    if (!versions) return answer(404, { errors: [] });
    const data = versions.at(-1);
    const metadata = {
      created_time: "2026-01-02T03:04:05.678901234Z",
      custom_metadata: null,
      deletion_time: data ? "" : "2026-02-03T04:05:06.789012345Z",
      destroyed: false,
      version: versions.length,
    };
    answer(data ? 200 : 404, {
      request_id: "8a3f2c1e-0000-4000-8000-000000000000",
      lease_id: "",
      renewable: false,
      lease_duration: 0,
      data: { data, metadata },
      wrap_info: null,
      warnings: null,
      auth: null,
    });
  }
}
