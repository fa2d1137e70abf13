import { h, render } from "preact";
import { Api } from "./api";
import { Chat, type MessageNotice } from "./chat";
import { optionsFromAttributes, type Defaults, type WidgetOptions } from "./options";
import { Prover } from "../shared/prover";
import { Session } from "./session";
import { Storage } from "../shared/storage";
import { Store } from "./store";
import { widgetStyles } from "./styles";
import { App } from "./view/app";

export const TAG = "gatehouse-chat";
const OPEN = "open";
const WIDE_SCREEN = "(min-width: 481px)";

/** What the element takes from where the script came from. */
let defaults: Defaults = { server: location.origin, hint: () => undefined };

export function setDefaults(given: Defaults): void {
  defaults = given;
}

/** `<gatehouse-chat>`: owns one chat from the moment it is in the page until it leaves it. */
export class GatehouseChat extends HTMLElement {
  private options: WidgetOptions | null = null;
  private chat: Chat | null = null;
  private isOpen = false;
  private hasNews = false;
  private readonly listeners = new Set<(message: MessageNotice) => void>();
  private readonly visit = new Storage("gatehouse:", () => sessionStorage);
  private leaving = new AbortController();

  /** Before the element enters the page; without this its attributes are read. */
  configure(options: WidgetOptions): void {
    this.options = options;
  }

  connectedCallback(): void {
    const options = (this.options ??= optionsFromAttributes(
      (name) => this.getAttribute(name), defaults));
    this.setAttribute("mode", options.mode);
    if (options.theme !== "auto") this.setAttribute("theme", options.theme);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [widgetStyles()];
    this.chat = this.createChat(options);
    this.isOpen = this.visit.read(OPEN) === "true" && matchMedia(WIDE_SCREEN).matches;
    this.watchPage(this.chat);
    this.draw();
  }

  disconnectedCallback(): void {
    this.leaving.abort();
    this.leaving = new AbortController();
    this.chat?.close();
    this.chat = null;
    if (this.shadowRoot) render(null, this.shadowRoot);
  }

  open(): void {
    this.setOpen(true);
  }

  close(): void {
    this.setOpen(false);
  }

  toggle(): void {
    this.setOpen(!this.isOpen);
  }

  /** Sends a message as if the visitor had written it. */
  async send(text: string): Promise<void> {
    await this.chat?.send(text);
  }

  /** Calls `listener` for each message sent and each reply finished. Returns how to end that. */
  onMessage(listener: (message: MessageNotice) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private createChat(options: WidgetOptions): Chat {
    const storage = new Storage(`gatehouse:${options.server}:`, () => localStorage);
    const store = new Store(onNextFrame);
    const prover = new Prover((share) => store.dispatch({ type: "checking", share }));
    const session = new Session(options.server, prover, storage);
    const api = new Api(options.server, session, prover);
    const chat = new Chat(api, store, storage, options.strings, {
      metadata: options.metadata,
      isStreaming: options.isStreaming,
      isRestoring: options.isRestoring,
    });
    chat.listeners.add((message) => this.hear(message));
    return chat;
  }

  private hear(message: MessageNotice): void {
    for (const listener of this.listeners) listener(message);
    if (message.role !== "assistant" || this.isOpen) return;
    this.hasNews = true;
    this.draw();
  }

  private watchPage(chat: Chat): void {
    const { signal } = this.leaving;
    const showLink = () => {
      const link = navigator.onLine ? (chat.isReplying() ? "reconnecting" : "up") : "offline";
      chat.store.dispatch({ type: "link", link });
    };
    addEventListener("online", showLink, { signal });
    addEventListener("offline", showLink, { signal });
    if (!navigator.onLine) showLink();
    const onVisible = () => {
      if (!document.hidden) void chat.refresh();
    };
    document.addEventListener("visibilitychange", onVisible, { signal });
  }

  private setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    if (isOpen) this.hasNews = false;
    this.visit.write(OPEN, String(isOpen));
    this.draw();
  }

  private draw(): void {
    if (!this.shadowRoot || !this.chat || !this.options) return;
    const app = h(App, {
      host: this,
      chat: this.chat,
      options: this.options,
      isOpen: this.isOpen,
      hasNews: this.hasNews,
      setOpen: (isOpen: boolean) => this.setOpen(isOpen),
    });
    render(app, this.shadowRoot);
  }
}

/** A hidden page gets no frames, but its chat goes on. */
function onNextFrame(notify: () => void): void {
  if (document.hidden) setTimeout(notify, 100);
  else requestAnimationFrame(notify);
}
