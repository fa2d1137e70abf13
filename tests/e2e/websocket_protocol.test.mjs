// The WebSocket protocol as bytes, by the behaviours that the Autobahn test suite lists: framing,
// pings, reserved bits, opcodes, fragments, UTF-8, closing, sizes, and compression.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import zlib from "node:zlib";
import { Visitor } from "./support/client.mjs";
import { untilFileEnds } from "./support/later.mjs";
import { startServer } from "./support/server.mjs";
import { ChatSocket, closeFrame, frame, OPCODE, RawSocket } from "./support/websocket.mjs";

const later = untilFileEnds();
let server;
before(async () => {
  const env = {
    GATEHOUSE_WEBSOCKET_MESSAGES_PER_SECOND: "100000",
    GATEHOUSE_LIMITS_STREAMS_PER_PRINCIPAL: "1000",
  };
  server = await startServer(later, { env });
});

const SOCKETS_PER_VISITOR = 25; // an address may connect 30 times a minute
let visitor = null;
let opened = 0;

async function credentials() {
  if (opened % SOCKETS_PER_VISITOR === 0) visitor = await Visitor.start(server);
  opened += 1;
  return { from: visitor.from, token: visitor.token };
}

const open = async (options) => RawSocket.open(server, { ...(await credentials()), ...options });

const FRAME_BYTES = 65_536;
const MESSAGE_BYTES = 262_144;

/** A ping of the chat, blown up by spaces to `bytes`. */
const padded = (ref, bytes = 0) => JSON.stringify({ type: "ping", ref }).padEnd(bytes);
const pong = (ref) => ({ type: "pong", ref });

/** Sends bytes on a socket of their own, and expects them to end it with that code. */
async function fails(bytes, code, what) {
  const socket = await open();
  await socket.write(bytes);
  const { reason } = await socket.closes(code);
  assert.ok(reason.length > 0, what);
}

test("C20 section 1: texts of every length form are read, however they are cut", async () => {
  for (const bytes of [0, 125, 126, 127, 128, 65_535, FRAME_BYTES]) {
    for (const size of [Infinity, 997]) {
      const socket = await open();
      await socket.chop(frame(padded("r", bytes)), size);
      assert.deepEqual(await socket.json(), pong("r"));
      socket.destroy();
    }
  }
  const socket = await open();
  await socket.chop(frame(padded("r", 127)), 1);
  assert.deepEqual(await socket.json(), pong("r"));
  await socket.write(frame(""));
  const refused = await socket.json();
  assert.equal(refused.type, "error");
  assert.equal(refused.problem.status, 400);
  await socket.echoes();
  socket.destroy();
});

test("C20 section 1: binary is told that only text is spoken", () =>
  fails(frame("x", { opcode: OPCODE.binary }), 1003));

test("C20 section 2: pings are answered with what they said, pongs are passed over", async () => {
  const socket = await open();
  for (const payload of ["", "ping", Buffer.from([0, 255, 254]), "x".repeat(125)]) {
    await socket.write(frame(payload, { opcode: OPCODE.ping }));
    const answer = await socket.next();
    assert.equal(answer.opcode, OPCODE.pong);
    assert.deepEqual(answer.payload, Buffer.from(payload));
  }
  await socket.chop(frame("slow", { opcode: OPCODE.ping }), 1);
  assert.equal((await socket.next()).payload.toString(), "slow");
  await socket.write(frame("unasked", { opcode: OPCODE.pong }));
  await socket.echoes();
  socket.destroy();
  await fails(frame("x".repeat(126), { opcode: OPCODE.ping }), 1002, "a long ping");
});

test("C20 sections 3 and 4: reserved bits and opcodes end the socket", async () => {
  for (let rsv = 1; rsv < 8; rsv += 1) await fails(frame("x", { rsv }), 1002, `rsv ${rsv}`);
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
    await fails(frame("", { opcode }), 1002, `opcode ${opcode}`);
  const socket = await open();
  const before = frame(padded("before"));
  await socket.write(Buffer.concat([before, frame("x", { opcode: 5 }), frame(padded("after"))]));
  assert.deepEqual(await socket.json(), pong("before"));
  await socket.closes(1002);
});

test("C20 section 4: bare frames end the socket", () => fails(frame("x", { masked: false }), 1002));

test("C20 section 5: fragments are joined, with pings between them answered at once", async () => {
  const socket = await open();
  const text = Buffer.from(padded("fragments"));
  const more = { opcode: OPCODE.continuation };
  await socket.write(frame(text.subarray(0, 5), { fin: false }));
  await socket.write(frame("p", { opcode: OPCODE.ping }));
  assert.equal((await socket.next()).payload.toString(), "p");
  await socket.chop(
    Buffer.concat([frame("", { ...more, fin: false }), frame(text.subarray(5), more)]),
    1,
  );
  assert.deepEqual(await socket.json(), pong("fragments"));
  socket.destroy();
  const part = { fin: false };
  for (const [what, bytes] of [
    ["a fragmented ping", frame("x", { ...part, opcode: OPCODE.ping })],
    ["a fragmented close", frame("", { ...part, opcode: OPCODE.close })],
    ["a lone continuation", frame("x", more)],
    ["a lone open continuation", frame("x", { ...more, ...part })],
    ["a text in a text", Buffer.concat([frame("x", part), frame("y")])],
  ])
    await fails(bytes, 1002, what);
});

test("C20 section 6: a text fails with its first wrong byte, within its frame", async () => {
  const good = Buffer.from('{"type":"ping","ref":"κόσμε 𐍈 \u{10FFFF}"}');
  for (let cut = 1; cut < good.length; cut += 1) {
    const socket = await open();
    await socket.write(frame(good.subarray(0, cut), { fin: false }));
    await socket.write(frame(good.subarray(cut), { opcode: OPCODE.continuation }));
    assert.deepEqual(await socket.json(), pong("κόσμε 𐍈 \u{10FFFF}"));
    socket.destroy();
  }
  const wrong = ["c0af", "e0809f", "eda080", "edbfbf", "f08080af", "f4908080", "f8", "fe", "80"];
  for (const hex of wrong) {
    const rest = Buffer.from("x".repeat(50));
    const bytes = Buffer.concat([Buffer.from('{"'), Buffer.from(hex, "hex"), rest]);
    await fails(frame(bytes), 1007, hex);
    await fails(frame(bytes, { fin: false }), 1007, `${hex} in a fragment`);
    await fails(frame(bytes).subarray(0, 8 + hex.length / 2), 1007, `${hex} before its end`);
  }
  await fails(frame(Buffer.from("ce", "hex")), 1007, "half a character");
});

test("C20 section 7: a close is answered with its code, and nothing comes behind it", async () => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
  for (const code of codes) {
    const socket = await open();
    await socket.write(Buffer.concat([closeFrame(code, "bye"), frame(padded("late"))]));
    await socket.closes(code);
  }
  const socket = await open();
  await socket.write(frame("", { opcode: OPCODE.close }));
  const answer = await socket.next();
  assert.deepEqual([answer.opcode, answer.payload.length], [OPCODE.close, 0]);
  assert.equal(await socket.next(), null);
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    await fails(closeFrame(code), 1002, `code ${code}`);
  await fails(frame("x", { opcode: OPCODE.close }), 1002, "half a code");
  const wrong = Buffer.concat([Buffer.from([3, 232]), Buffer.from("ff", "hex")]);
  await fails(frame(wrong, { opcode: OPCODE.close }), 1007, "a reason that is no text");
  await fails(frame("x".repeat(126), { opcode: OPCODE.close }), 1002, "a long reason");
});

test("C20 sections 9 and 10: large messages pass up to the limits, in any fragments", async () => {
  const text = Buffer.from(padded("big", MESSAGE_BYTES));
  for (const size of [4096, 16_384, FRAME_BYTES]) {
    const socket = await open();
    const frames = [];
    for (let at = 0; at < text.length; at += size) {
      const fin = at + size >= text.length;
      const opcode = at === 0 ? OPCODE.text : OPCODE.continuation;
      frames.push(frame(text.subarray(at, at + size), { fin, opcode }));
    }
    await socket.chop(Buffer.concat(frames), 50_001);
    assert.deepEqual(await socket.json(), pong("big"));
    socket.destroy();
  }
  await fails(frame("x".repeat(FRAME_BYTES + 1)).subarray(0, 14), 1009, "a frame by its head");
  const parts = [frame("x".repeat(FRAME_BYTES), { fin: false })];
  for (let i = 0; i < 4; i += 1)
    parts.push(frame("x".repeat(FRAME_BYTES), { fin: false, opcode: OPCODE.continuation }));
  await fails(Buffer.concat(parts), 1009, "a message by its sum");
  const claims = Buffer.from("81ff7fffffffffffffff00000000", "hex");
  await fails(claims, 1009, "2^63 - 1 bytes");
  await fails(Buffer.from("81ffffffffffffffffff00000000", "hex"), 1002, "a negative length");
  await fails(Buffer.from("81fe000500000000", "hex"), 1002, "a length that is too long");
});

test("C20 sections 12 and 13: compression in all its variants", async () => {
  const variants = [
    {},
    { serverNoContextTakeover: true },
    { clientNoContextTakeover: true },
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
    { serverMaxWindowBits: 9 },
    { serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
    { clientMaxWindowBits: 9 },
    { serverMaxWindowBits: 10, clientMaxWindowBits: 10, serverNoContextTakeover: true },
  ];
  for (const variant of variants) {
    const perMessageDeflate = { threshold: 0, ...variant };
    const client = await ChatSocket.open(server, { ...(await credentials()), perMessageDeflate });
    assert.match(client.socket.extensions, /permessage-deflate/, JSON.stringify(variant));
    for (const bytes of [16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072]) {
      for (let i = 0; i < 20; i += 1) {
        const ref = `${bytes}-${i}`;
        client.socket.send(padded(ref, bytes));
        const chance = `${Math.random()}${Math.random()}`;
        client.socket.send(padded(chance));
        assert.deepEqual(await client.next(), pong(ref));
        assert.deepEqual(await client.next(), pong(chance));
      }
    }
    assert.equal((await client.close()).code, 1000);
  }
});

test("C20 compression is agreed on as it was offered, or not at all", async () => {
  const agreed = async (offer) => {
    const socket = await open({ headers: { "Sec-WebSocket-Extensions": offer } });
    socket.destroy();
    return /Sec-WebSocket-Extensions: (.*)\r?/i.exec(socket.head)?.[1]?.trim() ?? null;
  };
  assert.equal(await agreed("permessage-deflate"), "permessage-deflate");
  const without = "permessage-deflate; client_no_context_takeover";
  assert.equal(await agreed(`x-unknown, ${without}`), without);
  const bits = "permessage-deflate; server_max_window_bits=7";
  for (const offer of ["x-unknown", "permessage-deflate; x=1", bits])
    assert.equal(await agreed(offer), null, offer);
});

test("C20 a bomb is stopped at the limit, and malformed compression is told", async () => {
  const headers = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  const deflate = (text) =>
    zlib.deflateRawSync(text, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const send = async (bytes, rsv = 4) => {
    const socket = await open({ headers });
    await socket.write(frame(bytes, { rsv }));
    return socket;
  };
  const bomb = deflate(Buffer.alloc(60_000_000, " "));
  assert.ok(bomb.length < FRAME_BYTES, "it fits into a frame");
  await (await send(bomb)).closes(1009);
  await (await send(deflate(Buffer.alloc(MESSAGE_BYTES + 1, " ")))).closes(1009);
  await (await send(Buffer.from("ffffffff", "hex"))).closes(1007);
  await (await send(deflate(Buffer.from("c0af", "hex")))).closes(1007);
  await (await send(deflate(padded("x")), 6)).closes(1002);
  const fragments = await open({ headers });
  const whole = deflate(padded("deflated fragments", 5000));
  await fragments.write(frame(whole.subarray(0, 9), { rsv: 4, fin: false }));
  await fragments.write(frame("p", { opcode: OPCODE.ping }));
  await fragments.write(frame(whole.subarray(9), { opcode: OPCODE.continuation }));
  assert.equal((await fragments.next()).opcode, OPCODE.pong);
  assert.deepEqual(await fragments.json(), pong("deflated fragments"));
  fragments.destroy();
  const continued = await open({ headers });
  await continued.write(frame(whole.subarray(0, 9), { rsv: 4, fin: false }));
  await continued.write(frame(whole.subarray(9), { rsv: 4, opcode: OPCODE.continuation }));
  await continued.closes(1002);
  await fails(frame(deflate("x"), { rsv: 4 }), 1002, "compressed without having agreed");
});

test("C20 frames that come right behind the handshake are not lost", async () => {
  const socket = await open({ behind: frame(padded("early")) });
  assert.equal(socket.status, 101);
  assert.match(socket.head, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  assert.deepEqual(await socket.json(), pong("early"));
  socket.destroy();
});

test("C20 what is no handshake is refused with what would be one", async () => {
  const status = async (headers) => {
    const socket = await open({ headers });
    socket.destroy();
    if (socket.status === 426) assert.match(socket.head, /Sec-WebSocket-Version: 13/);
    return socket.status;
  };
  assert.equal(await status({ "Sec-WebSocket-Version": "8" }), 426);
  assert.equal(await status({ Upgrade: "h2c" }), 426);
  assert.equal(await status({ Upgrade: null }), 426);
  assert.equal(await status({ Connection: "keep-alive" }), 426);
  assert.equal(await status({ "Sec-WebSocket-Key": null }), 400);
  assert.equal(await status({ "Sec-WebSocket-Key": "c2hvcnQ=" }), 400);
  assert.equal(await status({ "Content-Length": "0" }), 101);
});
