/** Below this, somebody could soon stand there without a way in. */
export const FEW_RECOVERY_CODES = 3;

/** A key is read and typed in pieces. */
export function inGroups(key: string): string {
  return key.replace(/.{4}(?=.)/g, "$& ");
}

/** What is kept as a file: it says by itself what it is for. */
export function recoveryFile(name: string, host: string, codes: readonly string[]): string {
  return [
    `Recovery codes of ${name} on ${host}`,
    "",
    "Each works once, in the place of the code that the app shows.",
    "",
    ...codes,
    "",
  ].join("\n");
}

export function recoveryCodesLeft(count: number): string {
  if (count === 0) return "No recovery code is left.";
  return count === 1 ? "1 recovery code is left." : `${count} recovery codes are left.`;
}
