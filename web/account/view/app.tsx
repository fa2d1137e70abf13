import { useEffect, useRef } from "preact/hooks";
import type { AccountPage, PageState, Screen } from "../page";
import { AccountScreen } from "./account-screen";
import { CodeScreen } from "./code-screen";
import { ConnectScreen } from "./connect-screen";
import { PageProvider, usePageState } from "./context";
import { ErasedScreen } from "./erased-screen";
import { LinkScreen, SpentLinkScreen } from "./link-screen";
import { SignInScreen } from "./sign-in-screen";
import { TroubleScreen } from "./trouble-screen";

interface AppProps {
  readonly page: AccountPage;
  readonly siteTitle: string;
}

const TITLES: Readonly<Record<Screen["type"], string>> = {
  opening: "Account",
  trouble: "Account",
  signIn: "Sign in",
  link: "Choose a password",
  spentLink: "Link not valid",
  code: "One step more",
  connect: "Connect",
  account: "Your account",
  erased: "Account erased",
};

export function App({ page, siteTitle }: AppProps) {
  const state = usePageState(page);
  const { type } = state.screen;
  const root = useRef<HTMLDivElement>(null);
  const wasShown = useRef(false);
  useEffect(() => {
    document.title = [TITLES[type], siteTitle].filter(Boolean).join(" · ");
    if (type === "opening") return;
    // After the first screen the focus would be lost with the button that led to the next.
    if (wasShown.current) root.current?.querySelector("h1")?.focus();
    wasShown.current = true;
  }, [type]);
  return (
    <PageProvider value={page}>
      <div ref={root}>
        <CurrentScreen screen={state.screen} />
      </div>
      <News news={state.news} />
    </PageProvider>
  );
}

function CurrentScreen({ screen }: { readonly screen: Screen }) {
  switch (screen.type) {
    case "opening":
      return <p class="opening">One moment…</p>;
    case "trouble":
      return <TroubleScreen refusal={screen.refusal} retry={screen.retry} />;
    case "signIn":
      return <SignInScreen notice={screen.notice} />;
    case "link":
      return <LinkScreen token={screen.token} link={screen.link} />;
    case "spentLink":
      return <SpentLinkScreen />;
    case "code":
      return <CodeScreen pending={screen.pending} />;
    case "connect":
      return <ConnectScreen who={screen.who} pending={screen.pending} />;
    case "account":
      return <AccountScreen key={screen.who.id} who={screen.who} notice={screen.notice} />;
    case "erased":
      return <ErasedScreen />;
  }
}

/** Tells screen readers what happened. It is there from the beginning, or they'd miss the first. */
function News({ news }: { readonly news: PageState["news"] }) {
  return (
    <div class="unseen" role="status">
      <span key={news.number}>{news.text}</span>
    </div>
  );
}
