import { encodeProof } from "./challenge";
import { send, withHeader } from "./http";
import { Problem } from "./problem";
import { solve } from "./solve";

const HEADER = "x-gatehouse-challenge";

/**
 * Sends requests, and when the server asks for a proof of work first, solves it and sends the
 * same request once more. A second refusal is final: its `Problem` goes to the caller.
 */
export class Prover {
  /** `tell` hears how much of the work is done, 0 to 1, and null when it is over. */
  constructor(private readonly tell: (share: number | null) => void) {}

  async send(url: string, init: RequestInit, patienceMs?: number): Promise<Response> {
    try {
      return await send(url, init, patienceMs);
    } catch (error) {
      if (!(error instanceof Problem) || !error.challenge) throw error;
      const number = await this.work(error.challenge, init.signal);
      if (number === null) throw error;
      return send(url, withHeader(init, HEADER, encodeProof(error.challenge, number)), patienceMs);
    }
  }

  private async work(
    challenge: NonNullable<Problem["challenge"]>,
    signal: RequestInit["signal"],
  ): Promise<number | null> {
    this.tell(0);
    try {
      return await solve(challenge, this.tell, signal);
    } finally {
      this.tell(null);
    }
  }
}
