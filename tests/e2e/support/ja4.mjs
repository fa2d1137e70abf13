// The JA4 fingerprint of a TLS client, computed from the bytes of its first message by FoxIO's
// description, and a relay that sees those bytes go by.
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";

const VERSIONS = new Map([
  ["0304", "13"],
  ["0303", "12"],
  ["0302", "11"],
  ["0301", "10"],
]);
const isGrease = (value) => /^([0-9a-f])a\1a$/.test(value);
const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 12);
const count = (list) => String(Math.min(list.length, 99)).padStart(2, "0");
const pairs = (bytes) => bytes.toString("hex").match(/.{4}/g) ?? [];

/** A vector: its length in so many bytes, itself, and where it ends. */
function vector(bytes, at, lengthBytes) {
  const begin = at + lengthBytes;
  const end = begin + bytes.readUIntBE(at, lengthBytes);
  return { content: bytes.subarray(begin, end), end };
}

/** The parts of a ClientHello that stands in one record. */
function partsOf(record) {
  const session = vector(record, 5 + 4 + 2 + 32, 1); // record, handshake, version, random
  const ciphers = vector(record, session.end, 2);
  const compression = vector(record, ciphers.end, 1);
  const block = vector(record, compression.end, 2).content;
  const extensions = new Map();
  for (let at = 0; at < block.length; ) {
    const { content, end } = vector(block, at + 2, 2);
    extensions.set(block.toString("hex", at, at + 2), content);
    at = end;
  }
  return { version: record.toString("hex", 9, 11), ciphers: pairs(ciphers.content), extensions };
}

function protocolOf(list) {
  if (list === undefined || list.length < 3) return "00";
  const name = vector(list, 2, 1).content;
  const [text, hex] = [name.toString("latin1"), name.toString("hex")];
  const isPlain = /^[0-9a-z]/i.test(text) && /[0-9a-z]$/i.test(text);
  return isPlain ? text[0] + text.at(-1) : hex[0] + hex.at(-1);
}

export function ja4Of(record) {
  const { version, ciphers, extensions } = partsOf(record);
  const known = ciphers.filter((value) => !isGrease(value));
  const names = [...extensions.keys()].filter((value) => !isGrease(value));
  const versions = pairs(extensions.get("002b")?.subarray(1) ?? Buffer.alloc(0));
  const highest = versions.filter((value) => !isGrease(value)).sort().at(-1) ?? version;
  const signatures = pairs(extensions.get("000d")?.subarray(2) ?? Buffer.alloc(0));
  const sorted = names.filter((name) => name !== "0000" && name !== "0010").sort();
  const signed = signatures.filter((value) => !isGrease(value));
  const begin =
    `t${VERSIONS.get(highest) ?? "00"}${extensions.has("0000") ? "d" : "i"}` +
    `${count(known)}${count(names)}${protocolOf(extensions.get("0010"))}`;
  const rest = sorted.join(",") + (signed.length > 0 ? `_${signed.join(",")}` : "");
  return `${begin}_${hash(known.sort().join(","))}_${hash(rest)}`;
}

/** Passes connections on to a server of this machine, and keeps the first record of each. */
export async function startRelay(t, toPort) {
  const records = [];
  const relay = createServer((client) => {
    const server = connect({ host: "127.0.0.1", port: toPort });
    let first = Buffer.alloc(0);
    client.on("data", (bytes) => {
      server.write(bytes);
      if (first === null) return;
      first = Buffer.concat([first, bytes]);
      if (first.length < 5 || first.length < 5 + first.readUInt16BE(3)) return;
      records.push(first.subarray(0, 5 + first.readUInt16BE(3)));
      first = null;
    });
    server.pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise((tell) => relay.listen(0, "127.0.0.1", tell));
  t.after(() => relay.close());
  return { records, port: relay.address().port };
}
