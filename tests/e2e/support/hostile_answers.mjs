// Answers of a provider that have one thing wrong: its metadata, keys, pages and sizes.
import { makeKey, publicJwk } from "./openid_tokens.mjs";

const DISCOVERY = "/.well-known/openid-configuration";

/** Answers requests for that path itself. */
const at = (wanted, write) => ({
  answer: (path, response, provider) => {
    if (path !== wanted) return false;
    write(response, provider);
    return true;
  },
});

const status = (code, body = "{}") => (response) => {
  response.writeHead(code, { "Content-Type": "application/json" });
  response.end(body);
};

const html = (response) => {
  response.writeHead(200, { "Content-Type": "text/html" });
  response.end("<!doctype html><title>Maintenance</title><p>Come back later.</p>");
};

/** Goes on for as long as somebody reads. */
const endless = (response) => {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.write('{"keys":[');
  const piece = " ".repeat(65_536);
  const goOn = () => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once("drain", goOn);
  };
  goOn();
};

/** Each byte in time, and the whole never. */
const slow = (response) => {
  response.writeHead(200, { "Content-Type": "application/json" });
  const timer = setInterval(() => response.write(" "), 500);
  response.on("close", () => clearInterval(timer));
};

const manyKeys = () => {
  const key = publicJwk(makeKey("ES256"));
  return Array.from({ length: 20_000 }, (_, number) => ({ ...key, kid: `many-${number}` }));
};

const telling = (change) => ({ metadata: change });
const endpoint = (name, url) => telling(() => ({ [name]: url }));

/** Seen when somebody begins to sign in: nobody is sent to that provider. */
export const FAULTS_OF_DISCOVERY = {
  "metadata of another issuer": telling(() => ({ issuer: "https://accounts.example.net" })),
  "metadata of the issuer with a slash": telling(({ issuer }) => ({ issuer: `${issuer}/` })),
  "metadata without an issuer": telling(() => ({ issuer: undefined })),
  "metadata without a place for tokens": telling(() => ({ token_endpoint: undefined })),
  "metadata that is HTML": at(DISCOVERY, html),
  "metadata that fails": at(DISCOVERY, status(500)),
  "metadata without an end": at(DISCOVERY, endless),
  "metadata that lies elsewhere": at(DISCOVERY, (response, { issuer }) =>
    response.writeHead(302, { Location: `${issuer}/elsewhere` }).end(),
  ),
  "a place for tokens beside the machine's own": endpoint(
    "token_endpoint",
    "http://169.254.169.254/latest/meta-data/",
  ),
  "keys in a private network": endpoint("jwks_uri", "http://192.168.0.1/jwks"),
  "a page to sign in that is a script": endpoint("authorization_endpoint", "javascript:alert(1)"),
};

/** Seen when somebody comes back: the provider is away, and nothing is wrong with the person. */
export const FAULTS_OF_SERVICE = {
  "a place for tokens in a private network": endpoint("token_endpoint", "https://10.0.0.1/token"),
  "a place for tokens that fails": at("/token", status(500)),
  "a place for tokens without an end": at("/token", endless),
  "a place for tokens that takes its time": at("/token", slow),
  "a place for tokens that answers a megabyte": { token: () => "x".repeat(1 << 20) },
  "keys that fail": at("/jwks", status(500)),
  "keys without an end": at("/jwks", endless),
  "keys that are too many": { keys: manyKeys },
};

/** Seen when somebody comes back: an answer that is not for us. */
export const FAULTS_OF_CALLBACK = {
  "a code that was for another client": at("/token", status(400, '{"error":"invalid_grant"}')),
  "the name of another provider": {
    callback: () => ({ iss: "https://accounts.example.net" }),
  },
  "no name of the provider where it is promised": { callback: () => ({ iss: "" }) },
  "another state": { callback: () => ({ state: "s".repeat(43) }) },
  "no state": { callback: () => ({ state: "" }) },
  "a place for tokens that answers HTML": at("/token", html),
  "no code": { callback: () => ({ code: "" }) },
};

export const FAULTS_OF_ANSWERS = {
  ...FAULTS_OF_DISCOVERY,
  ...FAULTS_OF_SERVICE,
  ...FAULTS_OF_CALLBACK,
};
