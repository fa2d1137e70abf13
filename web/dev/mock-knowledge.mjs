// The documents that the mock server's replies cite. Emoji and other characters outside the
// basic plane stand before the passages on purpose: offsets count code points.

const LIMITS = `# Limits 🚦

Gatehouse counts what it lets in. 🎈 Every visitor has a budget, and the budget comes back in time.

## How a limit works

A limit is a number of requests in a window of time, for example 30 messages in one minute.
Gatehouse never lets in more than that number in any window, wherever the window begins. There
is no moment at which a counter jumps back to zero, so nobody gains by waiting for it.

A request that is refused says when the next one will be let in.

| window | messages |
| --- | ---: |
| one minute | 30 |
| one hour | **1000** |

## Where limits hold

Limits hold per address before anyone is known, and per visitor, site and endpoint after that. A
request is counted once in each of them or in none.

## Several servers

When several servers share their limits, each of them borrows a part of the budget before it
spends it. What was borrowed counts until it has expired.
`;

const SESSIONS = `# Sessions 🔑

A visitor session begins with the first message. Nothing has to be typed for it.

## How long it lives

A session lives for one day and is renewed while it is used. Conversations are kept for seven
days after their last message, and then they are deleted for good.

## Who sees a conversation

Only the visitor who began a conversation sees it. To everybody else it does not exist.
`;

function documentOf(id, file, title, text) {
  return { id, file, title, media_type: "text/markdown", text };
}

export const documents = new Map(
  [
    documentOf("doc-limits", "limits.md", "Limits", LIMITS),
    documentOf("doc-sessions", "sessions.md", "Sessions", SESSIONS),
  ].map((document) => [document.id, document]),
);

/** A citation of the passage that begins and ends with the given words. */
export function cite(number, documentId, heading, from, to) {
  const { file, title, text } = documents.get(documentId);
  const startUnits = text.indexOf(from);
  const endUnits = text.indexOf(to, startUnits) + to.length;
  const start = [...text.slice(0, startUnits)].length;
  const quote = text.slice(startUnits, endUnits);
  return {
    number,
    document_id: documentId,
    file,
    title,
    heading,
    start,
    end: start + [...quote].length,
    quote,
  };
}
