// What one client may have open at the same time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/checks.mjs";
import { Visitor } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";
import { Upstream } from "./support/upstream.mjs";
import { eventually } from "./support/waiting.mjs";

test("B7 C4 answers that run and streams that are open have a most per session", async (t) => {
  const upstream = await Upstream.start(t);
  const server = await startServer(t, {
    env: {
      ...upstream.env,
      GATEHOUSE_LIMITS_ANSWERS_PER_PRINCIPAL: "2",
      GATEHOUSE_LIMITS_STREAMS_PER_PRINCIPAL: "3",
      GATEHOUSE_LIMITS_STREAMS_PER_PREFIX: "4",
    },
  });
  const from = server.nextAddress();
  const ada = await Visitor.start(server, from);
  const first = await ada.stream("gated first 1");
  const second = await ada.stream("gated second 2");
  await upstream.asked("gated first 1");
  await upstream.asked("gated second 2");
  const third = await ada.chat("one too many");
  assertProblem(third, { status: 429, code: "rate_limited", retry: true });
  const entry = await server.logged("RATE_LIMIT_EXCEEDED", ({ rule }) => rule === "limit.answers");
  assert.equal(entry.client, from);

  const { conversation_id: id } = (await first.next("accepted")).data;
  const follower = await ada.events(id);
  const path = `/api/v1/conversations/${id}/events`;
  assertProblem(await ada.call("GET", path), { status: 429, code: "rate_limited", retry: true });
  const bob = await Visitor.start(server, from);
  const { conversation_id: own } = await bob.answer("hello");
  const fourth = await bob.events(own);
  assertProblem(await bob.call("GET", `/api/v1/conversations/${own}/events`), {
    status: 429,
    code: "rate_limited",
    retry: true,
  });

  for (const stream of [follower, fourth]) stream.close();
  for (const name of ["first", "second"]) {
    for (const step of [1, 2, 3, "end"]) upstream.open(`${name}-${step}`);
  }
  await Promise.all([first.all(), second.all()]);
  await eventually(async () => (await ada.chat("now again")).status === 200, "a place to be free");
});
