// `gatehouse worker` beside a server: started, watched and ended.
import { spawn } from "node:child_process";
import { Arrivals, deferred, within } from "./waiting.mjs";

export class JobWorker {
  log = new Arrivals();
  #exited = deferred();
  #rest = "";

  /** With the settings of `server`, and `env` beside them. */
  constructor(server, env = {}) {
    this.child = spawn(server.binary, ["worker"], {
      cwd: server.home,
      env: { PATH: process.env.PATH, ...server.env, LOG_LEVEL: "debug", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout.on("data", (piece) => this.#take(piece.toString()));
    this.child.on("close", (code, signal) => this.#exited.resolve({ code, signal }));
  }

  static async started(server, env) {
    const worker = new JobWorker(server, env);
    await worker.log.first(({ event }) => event === "STARTED", "the worker to start");
    return worker;
  }

  #take(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) if (line !== "") this.log.add(JSON.parse(line));
  }

  end(signal = "SIGTERM") {
    this.child.kill(signal);
    return within(this.#exited.promise, "the worker to end");
  }
}
