// What every answer of the server must be like.
import assert from "node:assert/strict";

export const SECURITY_HEADERS = {
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "x-xss-protection": "1; mode=block",
  "referrer-policy": "strict-origin-when-cross-origin",
  "permissions-policy": "geolocation=(), microphone=(), camera=()",
};
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;
const PROBLEM_MEMBERS = [
  "type",
  "title",
  "status",
  "code",
  "detail",
  "field",
  "retry_after_s",
  "challenge",
  "request_id",
];
const CODES = [
  "invalid",
  "unauthenticated",
  "forbidden",
  "challenge_required",
  "not_found",
  "method_not_allowed",
  "conflict",
  "gone",
  "too_large",
  "unsupported_media",
  "rate_limited",
  "unavailable",
  "upstream_failed",
  "upstream_timeout",
  "deadline_exceeded",
  "content_blocked",
  "internal",
];
/** Stacks, paths of files, SQL and the names of libraries are nobody's business. */
const INSIDES = [
  /\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b/,
  /sqlite/i,
  /\.[ch]pp\b/,
  /\bstd::/,
  /boost/i,
  /openssl/i,
  /\bat 0x[0-9a-f]+/,
  /(^|[\s"'])\/(tmp|home|root|usr|var|work|etc)\//,
  /exception/i,
];

export function assertClean(text) {
  for (const inside of INSIDES) assert.doesNotMatch(text, inside);
}

export function assertSecurityHeaders(headers, what = "a response") {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    assert.equal(headers[name], value, `${name} of ${what}`);
  }
  assert.match(headers["content-security-policy"] ?? "", /default-src 'none'/, `CSP of ${what}`);
  assert.doesNotMatch(headers["content-security-policy"], /unsafe-(inline|eval)/);
  assert.match(headers["content-security-policy"], /frame-ancestors 'none'/, `CSP of ${what}`);
  assert.match(headers["x-request-id"] ?? "", REQUEST_ID, `X-Request-Id of ${what}`);
  assert.equal(headers["strict-transport-security"], undefined, "only production over TLS");
  assert.equal(headers["server"], undefined, "the server does not name itself");
}

/** An RFC 9457 problem of docs/api.md, and nothing of the inside in it. */
export function assertProblem(response, { status, code, field, retry } = {}) {
  const { headers } = response;
  assert.equal(response.status, status, response.text);
  assert.equal(headers["content-type"], "application/problem+json");
  assertSecurityHeaders(headers, `the ${status}`);
  const problem = JSON.parse(response.text);
  for (const name of Object.keys(problem)) assert.ok(PROBLEM_MEMBERS.includes(name), name);
  assert.equal(problem.type, "about:blank");
  assert.equal(problem.status, status);
  assert.ok(problem.title.length > 0);
  assert.ok(CODES.includes(problem.code), problem.code);
  assert.match(problem.detail, /^[^\n]{8,300}[.!?]$/);
  assert.equal(problem.request_id, headers["x-request-id"]);
  assertClean(response.text);
  if (code !== undefined) assert.equal(problem.code, code, response.text);
  if (field !== undefined) assert.equal(problem.field, field, response.text);
  if (retry) {
    assert.ok(problem.retry_after_s >= 1, response.text);
    assert.equal(headers["retry-after"], String(problem.retry_after_s));
  }
  return problem;
}

/** OpenAI's own form: all four members, always. */
export function assertOpenAiError(response, { status, code, param } = {}) {
  assert.equal(response.status, status, response.text);
  assert.match(response.headers["content-type"], /^application\/json/);
  assertSecurityHeaders(response.headers, `the ${status}`);
  return assertOpenAiErrorBody(JSON.parse(response.text), { code, param });
}

export function assertOpenAiErrorBody(body, { code, param } = {}) {
  assert.deepEqual(Object.keys(body), ["error"]);
  assert.deepEqual(Object.keys(body.error).sort(), ["code", "message", "param", "type"]);
  assert.equal(typeof body.error.message, "string");
  assert.ok(body.error.message.length > 0);
  assert.equal(typeof body.error.type, "string");
  assertClean(body.error.message);
  assert.doesNotMatch(body.error.message, /<\/|<html/i, "never a page of a proxy");
  if (code !== undefined) assert.equal(body.error.code, code);
  if (param !== undefined) assert.equal(body.error.param, param);
  return body.error;
}

/** Part of a text by code points, as citations count. */
export function slicePoints(text, start, end) {
  return Array.from(text).slice(start, end).join("");
}

/** The items of RateLimit or RateLimit-Policy as objects: {name, q, w} or {name, r, t}. */
export function rateItems(field) {
  return (field ?? "")
    .split(/,\s*/)
    .filter(Boolean)
    .map((item) => {
      const [name, ...parameters] = item.split(";");
      const pairs = parameters.map((parameter) => parameter.split("="));
      return {
        name: JSON.parse(name),
        ...Object.fromEntries(pairs.map(([key, value]) => [key, Number(value)])),
      };
    });
}
