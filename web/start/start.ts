import { copyText } from "../shared/clipboard";
import { send } from "../shared/http";
import { Problem } from "../shared/problem";
import { RememberedAccount } from "../shared/remembered-account";

const COPIED_SHOWN_MS = 2_000;

/** The snippet names the address this page was opened under: it works when pasted as it is. */
function showSnippet(snippet: HTMLElement): string {
  const text = `<script src="${location.origin}/widget.js" async></script>`;
  for (const word of text.split(" ")) {
    const unbroken = document.createElement("span");
    unbroken.textContent = word;
    if (snippet.hasChildNodes()) snippet.append(" ");
    snippet.append(unbroken);
  }
  return text;
}

function makeCopyable(button: HTMLButtonElement, text: string, status: HTMLElement): void {
  const label = button.textContent ?? "";
  button.addEventListener("click", async () => {
    const isCopied = await copyText(text);
    button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
    status.textContent = isCopied ? "The script tag is on the clipboard." : "";
    setTimeout(() => (button.textContent = label), COPIED_SHOWN_MS);
  });
}

const snippet = document.getElementById("snippet");
const button = document.getElementById("copy");
const copyStatus = document.getElementById("copy-status");
if (snippet && button instanceof HTMLButtonElement && copyStatus) {
  makeCopyable(button, showSnippet(snippet), copyStatus);
}

/** The link bears the name of who has signed in; only where somebody did is the server asked. */
async function nameAccount(link: HTMLElement): Promise<void> {
  const remembered = new RememberedAccount();
  const name = remembered.name();
  if (name === null) return;
  try {
    await send(`${location.origin}/api/v1/auth/me`, { credentials: "same-origin" });
    link.textContent = name;
    link.setAttribute("aria-label", `Your account: ${name}`);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) remembered.forget();
  }
}

const account = document.getElementById("account");
if (account) void nameAccount(account);
