import { h, render } from "preact";
import { Prover } from "../shared/prover";
import { RememberedAccount } from "../shared/remembered-account";
import { AccountApi } from "./api";
import { AccountPage } from "./page";
import { App } from "./view/app";

/** The token goes out of the address at once: addresses are kept, shown and shared. */
function takeLinkToken(): string | null {
  const token = /^#link=(.*)$/.exec(location.hash)?.[1] ?? null;
  if (token !== null) history.replaceState(null, "", location.pathname);
  return token;
}

/** What came of a visit to a provider. It goes out of the address: it is of this visit alone. */
function takeOutcome(): string | null {
  const outcome = new URLSearchParams(location.search).get("openid");
  if (location.search !== "") history.replaceState(null, "", location.pathname + location.hash);
  return outcome;
}

function start(root: HTMLElement): void {
  const remembered = new RememberedAccount();
  const prover = new Prover((share) => page.showWork(share));
  const go = (url: string) => location.assign(url);
  const page = new AccountPage(new AccountApi(location.origin, prover), remembered, go);
  render(h(App, { page, siteTitle: root.dataset["title"] ?? "" }), root);
  const outcome = takeOutcome();
  void page.open(takeLinkToken(), outcome);
  remembered.onChange(() => void page.refresh());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void page.refresh();
  });
  addEventListener("hashchange", () => {
    const token = takeLinkToken();
    if (token !== null) void page.open(token);
  });
}

const root = document.getElementById("account");
if (root) start(root);
