// What the tests of a file share is ended when the last of them has.
import { after } from "node:test";

/** Stands where a test would: takes tasks with `after`, and runs the latest of them first. */
export function untilFileEnds() {
  const tasks = [];
  after(async () => {
    for (const task of tasks.reverse()) await task();
  });
  return { after: (task) => tasks.push(task) };
}
