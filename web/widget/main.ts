import { asObject, type JsonObject } from "../shared/json";
import type { MessageNotice } from "./chat";
import { GatehouseChat, setDefaults, TAG } from "./element";
import {
  optionsFromAttributes,
  optionsFromObject,
  type Defaults,
  type WidgetOptions,
} from "./options";

/** What pages use from their own scripts, as `window.Gatehouse`. */
interface Gatehouse {
  createChat(options?: JsonObject): ChatHandle;
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): Promise<void>;
  onMessage(listener: (message: MessageNotice) => void): () => void;
}

interface ChatHandle extends Omit<Gatehouse, "createChat"> {
  readonly element: GatehouseChat;
  unmount(): void;
}

declare global {
  interface Window {
    Gatehouse?: Gatehouse;
  }
}

/** Null when the file was loaded as a module: then the page names the server itself. */
const script =
  document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
const defaults: Defaults = {
  server: script ? new URL(script.src).origin : location.origin,
  hint: (text) => console.info(`[Gatehouse] ${text}`),
};

/** The widget that the script tag itself asked for. */
let ownWidget: GatehouseChat | null = null;

function mount(options: WidgetOptions): GatehouseChat {
  const element = new GatehouseChat();
  element.configure(options);
  placeFor(options).append(element);
  return element;
}

/** A bubble floats over the page, so it belongs to no place in it. */
function placeFor({ mode, target }: WidgetOptions): Element {
  if (mode !== "inline" || target === null) return document.body;
  const element = typeof target === "string" ? document.querySelector(target) : target;
  if (!element) console.warn(`[Gatehouse] No element matches the target ${String(target)}.`);
  return element ?? document.body;
}

function current(): GatehouseChat | null {
  return ownWidget ?? document.querySelector<GatehouseChat>(TAG);
}

function createChat(given: JsonObject = {}): ChatHandle {
  // The page configures the chat by script: the tag's own bubble would be a second one.
  ownWidget?.remove();
  const element = mount(optionsFromObject(asObject(given) ?? {}, defaults));
  ownWidget = element;
  return {
    element,
    open: () => element.open(),
    close: () => element.close(),
    toggle: () => element.toggle(),
    send: (text) => element.send(text),
    onMessage: (listener) => element.onMessage(listener),
    unmount: () => element.remove(),
  };
}

const gatehouse: Gatehouse = {
  createChat,
  open: () => current()?.open(),
  close: () => current()?.close(),
  toggle: () => current()?.toggle(),
  send: async (text) => current()?.send(text),
  onMessage: (listener) => current()?.onMessage(listener) ?? (() => undefined),
};

/** One script tag is enough; `data-manual`, an element in the page or createChat replace it. */
function mountFromScript(tag: HTMLScriptElement): void {
  if (tag.hasAttribute("data-manual") || current()) return;
  ownWidget = mount(optionsFromAttributes((name) => tag.getAttribute(`data-${name}`), defaults));
}

function whenParsed(run: () => void): void {
  if (document.readyState !== "loading") run();
  else document.addEventListener("DOMContentLoaded", run, { once: true });
}

if (!window.Gatehouse) {
  window.Gatehouse = gatehouse;
  setDefaults(defaults);
  customElements.define(TAG, GatehouseChat);
  if (script) whenParsed(() => mountFromScript(script));
}
