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

function start(root: HTMLElement): void {
  const remembered = new RememberedAccount();
  const prover = new Prover((share) => page.showWork(share));
  const page = new AccountPage(new AccountApi(location.origin, prover), remembered);
  render(h(App, { page, siteTitle: root.dataset["title"] ?? "" }), root);
  void page.open(takeLinkToken());
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
