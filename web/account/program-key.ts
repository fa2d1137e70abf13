import type { KeyEntry, WantedKey } from "./api";
import { locale } from "./times";

/** What a key may open, in words. */
export const SCOPES: Readonly<Record<string, string>> = {
  ai: "AI",
  metrics: "Metrics",
};

export const AMOUNTS = ["days", "requests_per_minute", "tokens_per_day"] as const;
export const MONEY = "money_per_day";

type Values = Readonly<Record<string, string>>;

/** As people write it, with marks between the thousands. Null when it is no whole number from 1. */
export function readAmount(text: string): number | null {
  const written = text.trim();
  const isGrouped = /^\d{1,3}([\s.,'’_]\d{3})+$/.test(written);
  const digits = isGrouped ? written.replace(/\D/g, "") : written;
  const isNumber = /^\d{1,15}$/.test(digits) && Number(digits) > 0;
  return isNumber ? Number(digits) : null;
}

/** With a point or a comma before its fraction. Null when it is no amount above nothing. */
export function readMoney(text: string): string | null {
  const written = text.trim().replace(",", ".");
  const isAmount = /^\d{1,9}(\.\d{1,6})?$/.test(written) && Number(written) > 0;
  return isAmount ? written : null;
}

/** What can be told without asking the server, by the name of the field. */
export function faultsOfKey(values: Values): Record<string, string> {
  const faults: Record<string, string> = {};
  if (!values["name"]?.trim()) faults["name"] = "Enter what the key is for.";
  if (scopesOf(values) === "") faults["scopes"] = "Choose what the key opens.";
  for (const field of AMOUNTS) {
    const text = values[field] ?? "";
    if (text.trim() !== "" && readAmount(text) === null) faults[field] = "Enter a whole number.";
  }
  const money = values[MONEY] ?? "";
  if (money.trim() !== "" && readMoney(money) === null)
    faults[MONEY] = "Enter an amount like 2.50.";
  return faults;
}

export function wantedKey(values: Values): WantedKey {
  const amounts: Partial<Record<(typeof AMOUNTS)[number], number>> = {};
  for (const field of AMOUNTS) {
    const amount = readAmount(values[field] ?? "");
    if (amount !== null) amounts[field] = amount;
  }
  const money = readMoney(values[MONEY] ?? "");
  return {
    name: (values["name"] ?? "").trim(),
    scopes: scopesOf(values),
    ...amounts,
    ...(money === null ? {} : { money_per_day: money }),
  };
}

function scopesOf(values: Values): string {
  return Object.keys(SCOPES)
    .filter((scope) => scope in values)
    .join(",");
}

export function limitWords(
  { requestsPerMinute, tokensPerDay, moneyPerDay }: KeyEntry,
  language: string = locale,
): string {
  const figures = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const per = (count: number, what: string, time: string) =>
    count === 0 ? [] : `${figures.format(count)} ${count === 1 ? what : `${what}s`} a ${time}`;
  const words = [
    per(requestsPerMinute, "request", "minute"),
    per(tokensPerDay, "token", "day"),
    Number(moneyPerDay) === 0 ? [] : `${figures.format(Number(moneyPerDay))} of money a day`,
  ].flat();
  return words.join(", ") || "none of its own";
}

/** For a shell, to see whether the key works. */
export function curlLines(origin: string, key: string, scopes: readonly string[]): string {
  const authorization = `-H 'Authorization: Bearer ${key}'`;
  if (!scopes.includes("ai")) return [`curl ${origin}/metrics`, authorization].join(" \\\n  ");
  const body = JSON.stringify({ model: "default", messages: [{ role: "user", content: "Hello" }] });
  return [
    `curl ${origin}/v1/chat/completions`,
    authorization,
    "-H 'Content-Type: application/json'",
    `-d '${body}'`,
  ].join(" \\\n  ");
}
