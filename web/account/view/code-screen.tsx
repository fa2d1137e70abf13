import type { Pending } from "../openid";
import { breakable } from "./breakable";
import { usePage } from "./context";
import { CodeField } from "./fields";
import { Form, type Faults, type Values } from "./form";
import { nameOf, useProviders } from "./providers";

const check = ({ code }: Values): Faults => (code?.trim() === "" ? { code: "Enter a code." } : {});

/** A provider has said who it is, and the account has a second factor of its own. */
export function CodeScreen({ pending }: { readonly pending: Pending }) {
  const page = usePage();
  const provider = nameOf(pending.provider, useProviders());
  const send = async ({ code = "" }: Values) =>
    page.enter(await page.api.signInPending(code.trim()), "You are signed in.");
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>One step more</h1>
      <p class="lead">
        {provider} says that you are <strong class="name">{breakable(pending.email)}</strong>. Your
        account asks for a code, too.
      </p>
      <Form action="Sign in" actionUnderWay="Signing in…" check={check} send={send}
        onCancel={() => void page.open(null)}>
        {(faults) => <CodeField fault={faults["code"]} takesFocus />}
      </Form>
    </section>
  );
}
