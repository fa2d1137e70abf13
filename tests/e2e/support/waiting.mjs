// Waiting for things that happen, never for time to pass.

export const PATIENCE_MS = 8_000;

/** A promise with its two ends outside. */
export function deferred() {
  const ends = {};
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  ends.promise.catch(() => {});
  return ends;
}

/** The promise's outcome, or an error that names what was waited for. */
export async function within(promise, what, patienceMs = PATIENCE_MS) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patienceMs} ms for ${what}`)), patienceMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again until the answer is true; for states that nobody announces. */
export async function eventually(ask, what, patienceMs = PATIENCE_MS) {
  const end = Date.now() + patienceMs;
  while (true) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await pause(20);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A list that can be waited on: `next` answers the first unseen item that fits. */
export class Arrivals {
  items = [];
  #waiters = new Set();

  add(item) {
    this.items.push(item);
    for (const wake of [...this.#waiters]) wake();
  }

  first(fits, what, patienceMs = PATIENCE_MS) {
    const arrived = deferred();
    const look = () => {
      const found = this.items.find(fits);
      if (found === undefined) return;
      this.#waiters.delete(look);
      arrived.resolve(found);
    };
    this.#waiters.add(look);
    look();
    return within(arrived.promise, what, patienceMs).finally(() => this.#waiters.delete(look));
  }
}
