// What the fake backend can do: the good, and what backends were seen to do in the wild.
export const HARD_TEXT = "Grüße, 世界! 👩‍👩‍👧 e\u0301 \u{1F3F4}\u{E0067} “ok” <b>&amp;</b>\n\ttab";

async function stream(x, pieces, { reason = "stop", usage } = {}) {
  x.start();
  await x.delta({ role: "assistant", content: "" });
  for (const piece of pieces) await x.say(piece);
  await x.finish(reason);
  if (usage) await x.usage();
  await x.done();
}

const wantsUsage = (x) => x.body.stream_options?.include_usage === true;

function whole(x, message, more = {}) {
  const { model, n = 1 } = x.body;
  const choices = Array.from({ length: n }, (_, index) => ({
    index,
    message: { role: "assistant", ...message(index) },
    finish_reason: "stop",
    ...more,
  }));
  x.json(200, {
    id: "chatcmpl-fake",
    object: "chat.completion",
    created: 1_700_000_000,
    model,
    choices,
    usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
  });
}

/** The bytes of one good stream, to be cut and joined in every way. */
function streamBytes(x, eol = "\n") {
  const lines = [
    x.chunk([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]),
    x.chunk([{ index: 0, delta: { content: HARD_TEXT }, finish_reason: null }]),
    x.chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
  ].map((chunk) => `data: ${JSON.stringify(chunk)}${eol}${eol}`);
  return Buffer.from(`${lines.join("")}data: [DONE]${eol}${eol}`);
}

const WEATHER = [
  { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } },
  { index: 0, function: { arguments: '{"city":' } },
  { index: 1, id: "call_2", type: "function", function: { name: "time", arguments: "{}" } },
  { index: 0, function: { arguments: '"Köln"}' } },
];

export const GOOD = {
  /** Says the question back, word by word. */
  async echo(x) {
    if (!x.body.stream) return whole(x, () => ({ content: x.question }));
    const words = x.question.match(/\S+\s*/g) ?? [];
    await stream(x, words, { usage: wantsUsage(x) });
  },
  /** "words 30": that many words at once. */
  async words(x) {
    const count = Number(x.question.split(" ")[1]);
    await stream(
      x,
      Array.from({ length: count }, (_, index) => `word${index + 1} `),
    );
  },
  /** "gated NAME 4": a word at each of the gates NAME-1 to NAME-4. */
  async gated(x) {
    const [, name, count] = x.question.split(" ");
    x.start();
    await x.delta({ role: "assistant", content: "" });
    for (let i = 1; i <= Number(count); i += 1) {
      await x.gate(`${name}-${i}`);
      await x.say(`word${i} `);
    }
    await x.gate(`${name}-end`);
    await x.finish();
    await x.done();
  },
  /** "held NAME": nothing at all before its gate opens. */
  async held(x) {
    await x.gate(x.question);
    await GOOD.echo(x);
  },
  async tools(x) {
    if (!x.body.stream) {
      const calls = [
        {
          id: "call_1",
          type: "function",
          function: { name: "weather", arguments: '{"city":"Köln"}' },
        },
      ];
      return whole(x, () => ({ content: null, tool_calls: calls }), {
        finish_reason: "tool_calls",
      });
    }
    x.start();
    await x.delta({ role: "assistant", content: null });
    for (const call of WEATHER) await x.delta({ tool_calls: [call] });
    await x.finish("tool_calls");
    await x.done();
  },
  async choices(x) {
    if (!x.body.stream) return whole(x, (index) => ({ content: `choice ${index}` }));
    x.start();
    for (const word of ["one", "two", "three"]) {
      for (const choice of [1, 0]) await x.say(`${word}${choice} `, choice);
    }
    await x.finish("length", 1);
    await x.finish("stop", 0);
    await x.done();
  },
  async reasoning(x) {
    x.start();
    await x.delta({ role: "assistant", reasoning_content: "Let me " });
    await x.delta({ reasoning_content: "think." });
    await x.say("Done.");
    await x.finish();
    await x.done();
  },
};

/** Odd, but whole: the answer is HARD_TEXT. */
export const ODD = {
  async bytewise(x) {
    x.response.socket.setNoDelay(true);
    x.start();
    for (const byte of streamBytes(x)) await x.raw(Buffer.from([byte]));
    x.end();
  },
  async atonce(x) {
    x.start();
    x.end(streamBytes(x));
  },
  async crlf(x) {
    x.start();
    x.end(streamBytes(x, "\r\n"));
  },
  async carriage(x) {
    x.start();
    x.end(streamBytes(x, "\r"));
  },
  async comments(x) {
    x.start();
    await x.raw("\uFEFF: hello\n\n: PROCESSING\nretry: 9\nid: 7\nevent: message\n");
    await x.raw(streamBytes(x));
    x.end(": bye\n\n");
  },
  async undone(x) {
    x.start();
    await x.say(HARD_TEXT);
    await x.finish();
    x.end();
  },
  async unspaced(x) {
    x.start();
    const chunk = x.chunk([{ index: 0, delta: { content: HARD_TEXT }, finish_reason: null }]);
    await x.raw(`data:${JSON.stringify(chunk, null, 1).replaceAll("\n", "\ndata:")}\n\n`);
    await x.finish();
    await x.raw("data:[DONE]\n\n");
    x.end();
  },
  async afterwards(x) {
    x.start();
    await x.event(x.chunk([], { prompt_filter_results: [] }));
    await x.say(HARD_TEXT);
    await x.finish();
    await x.finish();
    await x.event(x.chunk([], { usage: null }));
    await x.usage();
    await x.raw('data: [DONE]\n\ndata: {"late":true}\n\n');
    x.end();
  },
  async obfuscated(x) {
    x.start();
    await x.event(
      x.chunk([{ index: 0, delta: { content: HARD_TEXT, unknown: [1] } }], {
        obfuscation: "aaaa",
        service_tier: "x",
        system_fingerprint: null,
      }),
    );
    await x.finish();
    await x.done();
  },
};

/** What breaks in the middle: the text so far is "Half an ". */
export const BROKEN = {
  async broken(x) {
    x.start();
    await x.say("Half an ");
    x.cut();
  },
  async ended(x) {
    x.start();
    await x.say("Half an ");
    x.end();
  },
  async errorobject(x) {
    x.start();
    await x.say("Half an ");
    await x.event({
      error: { message: "overloaded", type: "server_error", param: null, code: null },
    });
    x.end();
  },
  async errorevent(x) {
    x.start();
    await x.say("Half an ");
    await x.raw('event: error\ndata: {"message":"overloaded"}\n\n');
    x.end();
  },
  async errorstring(x) {
    x.start();
    await x.say("Half an ");
    await x.event({ error: "CUDA out of memory at /opt/llm/run.py" });
    await x.done();
  },
  async garbage(x) {
    x.start();
    await x.say("Half an ");
    await x.raw("data: {not json\n\n");
    x.end();
  },
  async pageinside(x) {
    x.start();
    await x.say("Half an ");
    await x.raw("data: <html><body>502 Bad Gateway</body></html>\n\n");
    x.end();
  },
  async surrogate(x) {
    x.start();
    await x.say("Half an ");
    await x.raw('data: {"choices":[{"index":0,"delta":{"content":"\\ud800"}}]}\n\n');
    x.end();
  },
  async badbytes(x) {
    x.start();
    await x.say("Half an ");
    await x.raw(
      Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n', "latin1"),
    );
    x.end();
  },
  async endlessline(x) {
    x.start();
    await x.say("Half an ");
    for (let i = 0; i < 400; i += 1) await x.raw("a".repeat(64 * 1024));
    x.end();
  },
  async quiet(x) {
    x.start();
    await x.say("Half an ");
    await x.gate("never");
  },
};

const PAGE =
  "<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1>nginx</body></html>";
const refusal = (message, type, code, param = null) => ({ error: { message, type, param, code } });

/** What says no before anything is said: [script, what a client of ours is told]. */
export const REFUSALS = {
  bad400: (x) =>
    x.json(
      400,
      refusal("temperature is too high", "invalid_request_error", "invalid_value", "temperature"),
    ),
  model404: (x) =>
    x.json(
      404,
      refusal("The model `gpt-none` does not exist", "invalid_request_error", "model_not_found"),
    ),
  key401: (x) =>
    x.json(
      401,
      refusal("Incorrect API key provided: sk-abc", "invalid_request_error", "invalid_api_key"),
    ),
  busy429: (x) =>
    x.json(429, refusal("Rate limit reached", "requests", "rate_limit_exceeded"), {
      "Retry-After": "7",
    }),
  fault500: (x) => x.json(500, { error: "panic at /srv/app/main.go:17" }),
  away503: (x) => x.json(503, { detail: "overloaded" }),
  error200: (x) => x.json(200, refusal("boom", "server_error", null)),
  string200: (x) => x.json(200, { error: "boom" }),
  empty200: (x) => x.json(200, { id: "x", object: "chat.completion", choices: [] }),
  page200(x) {
    x.start({ type: "text/html" });
    x.end(PAGE);
  },
  page502(x) {
    x.start({ status: 502, type: "text/html" });
    x.end(PAGE);
  },
  nothing: (x) => x.cut(),
  silence: (x) => x.gate("never"),
  moved: (x) => {
    x.start({ status: 302, headers: { Location: "http://169.254.169.254/latest/meta-data" } });
    x.end();
  },
};

export const SCRIPTS = { ...GOOD, ...ODD, ...BROKEN, ...REFUSALS };
