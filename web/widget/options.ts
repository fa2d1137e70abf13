import { asObject, type JsonObject } from "../shared/json";
import type { Metadata } from "./api";
import { english, type Strings } from "./strings";

export type Mode = "bubble" | "inline" | "fullscreen";
export type Theme = "auto" | "light" | "dark";

export interface WidgetOptions {
  /** Origin of the Gatehouse server, without a slash at its end. */
  readonly server: string;
  readonly mode: Mode;
  readonly theme: Theme;
  readonly target: string | Element | null;
  readonly strings: Strings;
  /** Set by the page, so the site's own title doesn't replace it. */
  readonly hasOwnTitle: boolean;
  readonly hasOwnWelcome: boolean;
  readonly showsWelcomeScreen: boolean;
  readonly initialMessages: readonly string[];
  readonly metadata: Metadata;
  readonly isRestoring: boolean;
  readonly isStreaming: boolean;
}

/** Where the options came from said nothing about the server: then it is the script's origin. */
export interface Defaults {
  readonly server: string;
  readonly hint: (text: string) => void;
}

const MODES: Readonly<Record<string, Mode>> = {
  bubble: "bubble",
  window: "bubble",
  inline: "inline",
  fullscreen: "fullscreen",
};
const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const METADATA_MAX_MEMBERS = 16;

/** Names of n8n's `createChat` that mean nothing here, because the server does their work. */
const N8N_NAMES_WITHOUT_USE = [
  "chatInputKey",
  "chatSessionKey",
  "webhookConfig",
  "allowFileUploads",
  "allowedFilesMimeTypes",
];

/** Options as a script tag's `data-*` or the element's attributes give them: all are texts. */
export function optionsFromAttributes(
  read: (name: string) => string | null,
  defaults: Defaults,
): WidgetOptions {
  const texts: Record<string, string> = {};
  const named: readonly (keyof Strings)[] = ["title", "subtitle", "footer", "welcome", "privacy"];
  for (const name of named) {
    const text = read(name);
    if (text !== null) texts[name] = text;
  }
  const placeholder = read("placeholder");
  if (placeholder !== null) texts["inputPlaceholder"] = placeholder;
  return optionsFromObject(
    {
      server: read("server") ?? undefined,
      mode: read("mode") ?? undefined,
      theme: read("theme") ?? undefined,
      target: read("target") ?? undefined,
      showWelcomeScreen: isOn(read("welcome-screen"), false),
      loadPreviousSession: isOn(read("restore"), true),
      enableStreaming: isOn(read("streaming"), true),
      i18n: { en: texts },
    },
    defaults,
  );
}

function isOn(text: string | null, otherwise: boolean): boolean {
  return text === null ? otherwise : text !== "false";
}

/** Options of `Gatehouse.createChat`, which takes n8n's names where they mean the same. */
export function optionsFromObject(given: JsonObject, defaults: Defaults): WidgetOptions {
  for (const name of N8N_NAMES_WITHOUT_USE) {
    if (name in given) defaults.hint(`createChat: "${name}" has no use here and is ignored.`);
  }
  const own = ownStrings(given);
  return {
    server: serverOf(given, defaults),
    mode: modeOf(given),
    theme: THEMES.find((theme) => theme === given["theme"]) ?? "auto",
    target: targetOf(given["target"]),
    strings: { ...english, ...own },
    hasOwnTitle: own.title !== undefined,
    hasOwnWelcome: own.welcome !== undefined,
    showsWelcomeScreen: given["showWelcomeScreen"] === true,
    initialMessages: textsOf(given["initialMessages"]),
    metadata: metadataOf(given["metadata"], defaults),
    isRestoring: given["loadPreviousSession"] !== false,
    isStreaming: given["enableStreaming"] !== false,
  };
}

/** With a target, n8n's "fullscreen" fills that element: here this is called inline. */
function modeOf(given: JsonObject): Mode {
  const mode = MODES[String(given["mode"] ?? "bubble")] ?? "bubble";
  return mode === "fullscreen" && targetOf(given["target"]) !== null ? "inline" : mode;
}

function targetOf(value: unknown): string | Element | null {
  if (typeof value === "string" && value !== "") return value;
  return typeof Element !== "undefined" && value instanceof Element ? value : null;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

/** `i18n: { en: {...}, de: {...} }` with `defaultLanguage`, as n8n has it. */
function ownStrings(given: JsonObject): Partial<Strings> {
  const languages = asObject(given["i18n"]) ?? {};
  const wanted = asObject(languages[String(given["defaultLanguage"] ?? "en")]);
  const texts = wanted ?? asObject(languages["en"]) ?? {};
  const own: Partial<Strings> = {};
  for (const name of Object.keys(english) as (keyof Strings)[]) {
    const text = texts[name];
    if (typeof text === "string") own[name] = text;
  }
  return own;
}

/**
 * `server` is ours. `webhookUrl` is n8n's: an address of n8n itself must not be asked by
 * browsers any more, that is Gatehouse's work; any other is taken as the address of Gatehouse.
 */
function serverOf(given: JsonObject, defaults: Defaults): string {
  const server = originOf(given["server"]);
  if (server !== null) return server;
  const webhook = given["webhookUrl"];
  if (webhook === undefined) return defaults.server;
  const origin = originOf(webhook);
  if (origin !== null && !/\/webhook(-test)?\//.test(String(webhook))) return origin;
  defaults.hint(
    "createChat: webhookUrl points to n8n and is ignored: pages talk to Gatehouse, " +
      "and its operator chooses what answers.",
  );
  return defaults.server;
}

function originOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  try {
    const url = new URL(value);
    return url.protocol === "https:" || url.protocol === "http:" ? url.origin : null;
  } catch {
    return null;
  }
}

/** The server takes a flat object of at most 16 members: the rest is named, not sent. */
function metadataOf(value: unknown, defaults: Defaults): Metadata {
  const metadata: Record<string, string | number | boolean> = {};
  for (const [name, member] of Object.entries(asObject(value) ?? {})) {
    const isFlat = ["string", "number", "boolean"].includes(typeof member);
    if (isFlat && Object.keys(metadata).length < METADATA_MAX_MEMBERS) {
      metadata[name] = member as string | number | boolean;
    } else {
      defaults.hint(`createChat: metadata "${name}" is not sent (16 flat values at most).`);
    }
  }
  return metadata;
}
