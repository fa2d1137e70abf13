// Folders that last as long as their process at most. One that fails or is killed leaves them
// behind, so each names its process, and later runs take away what nobody needs any more.
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAME = /^gatehouse-e2e-(?:(\d+)-)?\w{6}$/;
const KEPT_MS = 86_400_000;
const made = [];

export function temporaryFolder() {
  if (made.length === 0) {
    sweepFolders();
    process.on("exit", (code) => {
      if (code === 0) made.forEach(remove);
    });
  }
  made.push(mkdtempSync(join(tmpdir(), `gatehouse-e2e-${process.pid}-`)));
  return made.at(-1);
}

/** Removes what is older than a day and belongs to no process that lives. */
export function sweepFolders(parent = tmpdir()) {
  for (const name of readdirSync(parent)) {
    const [isOurs, pid] = NAME.exec(name) ?? [];
    if (!isOurs || (pid && isAlive(Number(pid)))) continue;
    const path = join(parent, name);
    try {
      const { mtimeMs, uid } = lstatSync(path);
      if (uid !== process.getuid() || Date.now() - mtimeMs < KEPT_MS) continue;
      remove(path);
    } catch (error) {
      // Files of tests run side by side: another may have been quicker.
      if (!["ENOENT", "ENOTEMPTY"].includes(error.code)) throw error;
    }
  }
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
