import { Problem } from "../shared/problem";
import type { RememberedAccount } from "../shared/remembered-account";
import type { AccountApi, Link, SignedIn } from "./api";
import { asksForYes, wordsOfOutcome, type Pending, type Provider } from "./openid";
import { refusalOf, type Refusal } from "./refusal";

export type Screen =
  | { readonly type: "opening" }
  | { readonly type: "trouble"; readonly refusal: Refusal; readonly retry: () => Promise<void> }
  | { readonly type: "signIn"; readonly notice: string | null }
  | { readonly type: "link"; readonly token: string; readonly link: Link }
  | { readonly type: "spentLink" }
  | { readonly type: "code"; readonly pending: Pending }
  | { readonly type: "connect"; readonly who: SignedIn; readonly pending: Pending }
  | { readonly type: "account"; readonly who: SignedIn; readonly notice: string | null }
  | { readonly type: "erased" };

export interface PageState {
  readonly screen: Screen;
  /** How much of a proof of work is done, 0 to 1; null when none is being made. */
  readonly workShare: number | null;
  /** The latest news for screen readers; the number tells the same words apart. */
  readonly news: { readonly text: string; readonly number: number };
}

const ENDED =
  "You have been signed out: your session was not used for a while, or was ended elsewhere. " +
  "Sign in again to go on.";
/** The server's clock and the way there. */
const MARGIN_MS = 2_000;
const SHORTEST_SESSION_MS = 60_000;
const NEWS_MS = 5_000;

/** What the page shows, and how it gets from one screen to the next. */
export class AccountPage {
  state: PageState = {
    screen: { type: "opening" },
    workShare: null,
    news: { text: "", number: 0 },
  };
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private idleMs = SHORTEST_SESSION_MS;
  /** A provider has said something, and it waits for a yes of who signs in. */
  private awaitsYes = false;
  private known: Promise<readonly Provider[]> | undefined;

  /** `go` leaves for a page elsewhere. */
  constructor(
    readonly api: AccountApi,
    private readonly remembered: RememberedAccount,
    private readonly go: (url: string) => void,
  ) {}

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The first screen: what a link or a provider is for, or who has signed in. */
  async open(linkToken: string | null, outcome: string | null = null): Promise<void> {
    this.awaitsYes = asksForYes(outcome);
    try {
      if (linkToken !== null) await this.openLink(linkToken);
      else if (outcome !== "code" || !(await this.askCode())) {
        await this.showEntered(await this.api.me(), wordsOfOutcome(outcome));
      }
    } catch (error) {
      if (isUnauthenticated(error)) {
        const ended = this.remembered.name() === null ? null : ENDED;
        return this.leave(wordsOfOutcome(outcome) ?? ended);
      }
      const retry = () => this.open(linkToken, outcome);
      this.show({ type: "trouble", refusal: refusalOf(error), retry });
    }
  }

  /** Whoever has just proved who they are. */
  async enter(who: SignedIn, words: string): Promise<void> {
    this.remembered.remember(who.name);
    this.announce(words);
    await this.showEntered(who, null);
    if (who.hasSecondFactor === null) void this.refresh();
  }

  /** Whoever can be asked who somebody is; nobody, where that can't be told now. */
  providers(): Promise<readonly Provider[]> {
    this.known ??= this.api.providers().catch(() => {
      this.known = undefined;
      return [];
    });
    return this.known;
  }

  /** Leaves for the page of a provider. */
  async visitProvider(id: string, purpose: "sign_in" | "link"): Promise<void> {
    const begin = () => this.api.beginOpenId(id, purpose);
    this.go(await (purpose === "link" ? this.asSignedIn(begin) : begin()));
  }

  async connect(who: SignedIn): Promise<void> {
    await this.asSignedIn(() => this.api.answerPending("yes"));
    await this.enter(who, "It is connected.");
  }

  /** What a provider has said is forgotten; if that can't be told, it ends by itself. */
  async dontConnect(who: SignedIn): Promise<void> {
    await this.api.answerPending("no").catch(() => undefined);
    await this.enter(who, "Nothing is connected.");
  }

  /** The password of a link is set, and the second factor is still to be shown. */
  askSecondFactor(): void {
    this.leave("Your password is set. Sign in with it, and with the code of your app.");
  }

  showSpentLink(): void {
    this.show({ type: "spentLink" });
  }

  async erase(currentPassword: string, code: string): Promise<void> {
    await this.asSignedIn(() => this.api.erase(currentPassword, code));
    this.forget();
    this.show({ type: "erased" });
  }

  async signOut(): Promise<void> {
    const next = await this.asSignedIn(() => this.api.signOut());
    this.leave(null);
    this.announce("You are signed out.");
    if (next !== null) this.go(next);
  }

  /** Runs what needs the session. When there is none any more, the form to sign in comes back. */
  async asSignedIn<T>(run: () => Promise<T>): Promise<T> {
    const { screen } = this.state;
    try {
      const result = await run();
      this.watchIdleTime();
      return result;
    } catch (error) {
      if (isUnauthenticated(error) && this.state.screen === screen) this.leave(ENDED);
      throw error;
    }
  }

  /** Looks whether things are still as they are shown: another tab may have changed them. */
  async refresh(): Promise<void> {
    const { screen } = this.state;
    const before = screen.type === "account" ? screen.who : null;
    if (!before && (screen.type !== "signIn" || this.remembered.name() === null)) return;
    try {
      const who = await this.api.me();
      const notice = screen.type === "account" ? screen.notice : null;
      if (this.state.screen === screen) this.showAccount(who, notice);
    } catch (error) {
      // What can't be reached now is asked again with the next click.
      if (isUnauthenticated(error) && this.state.screen === screen) this.leave(ENDED);
    }
  }

  /** Once heard it is over: it must not be met again by whoever reads through the page. */
  announce(text: string): void {
    const number = this.state.news.number + 1;
    this.update({ news: { text, number } });
    setTimeout(() => {
      if (this.state.news.number === number) this.update({ news: { text: "", number } });
    }, NEWS_MS);
  }

  showWork(workShare: number | null): void {
    const begins = workShare !== null && this.state.workShare === null;
    this.update({ workShare });
    if (begins) this.announce("Your browser is doing a little work…");
  }

  /** False when nothing waits for a code any more. */
  private async askCode(): Promise<boolean> {
    const pending = await this.api.pending();
    if (pending?.purpose === "code") this.show({ type: "code", pending });
    return pending?.purpose === "code";
  }

  /** The account, once it is said whether it is connected with what waits for that. */
  private async showEntered(who: SignedIn, notice: string | null): Promise<void> {
    const asks = this.awaitsYes;
    this.awaitsYes = false;
    const pending = asks ? await this.api.pending().catch(() => null) : null;
    if (pending?.purpose === "link") return this.show({ type: "connect", who, pending });
    this.showAccount(who, asks ? wordsOfOutcome("code") : notice);
  }

  private async openLink(token: string): Promise<void> {
    try {
      this.show({ type: "link", token, link: await this.api.checkLink(token) });
    } catch (error) {
      if (!isGone(error)) throw error;
      this.showSpentLink();
    }
  }

  /** Tells other tabs only what they don't know: they would tell it back. */
  private showAccount(who: SignedIn, notice: string | null = null): void {
    if (this.remembered.name() !== who.name) this.remembered.remember(who.name);
    this.idleMs = Math.max(SHORTEST_SESSION_MS, who.expiresMs - Date.now());
    this.watchIdleTime();
    this.show({ type: "account", who, notice });
  }

  /** To the sign-in form, with a sentence for whom did not ask for it. */
  private leave(notice: string | null): void {
    this.forget();
    this.show({ type: "signIn", notice });
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.remembered.forget();
  }

  /** Each call puts the end off; when nothing was done for so long, the server is asked. */
  private watchIdleTime(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), this.idleMs + MARGIN_MS);
  }

  private show(screen: Screen): void {
    this.update({ screen });
  }

  private update(change: Partial<PageState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** The link was used or has expired, or never was one. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.status === 410 || error.field === "token");
}

/** The password was right, and there is a second factor. */
export function isAboutCode(error: unknown): boolean {
  return error instanceof Problem && error.status === 401 && error.field === "code";
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}
