export function newChallenge(maxnumber?: number): {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
};

export class Proofs {
  isGood(header: string): boolean;
}
