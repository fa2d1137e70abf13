import type { SignedIn } from "../api";
import type { Pending } from "../openid";
import { breakable } from "./breakable";
import { usePage } from "./context";
import { Form } from "./form";
import { nameOf, useProviders } from "./providers";

interface ConnectScreenProps {
  readonly who: SignedIn;
  readonly pending: Pending;
}

/** Nobody gets into an account by way of a provider before somebody in it has said yes. */
export function ConnectScreen({ who, pending }: ConnectScreenProps) {
  const page = usePage();
  const provider = nameOf(pending.provider, useProviders());
  return (
    <section class="card narrow">
      <h1 tabIndex={-1} aria-describedby="connect-what">
        Connect {provider}?
      </h1>
      <p class="lead" id="connect-what">
        Whoever signs in there as <strong class="name">{breakable(pending.email)}</strong> can then
        open the account <strong class="name">{breakable(who.name)}</strong>, without its password.
      </p>
      <Form
        action="Connect"
        actionUnderWay="Connecting…"
        check={() => ({})}
        send={() => page.connect(who)}
        onCancel={() => void page.dontConnect(who)}
      >
        {() => null}
      </Form>
    </section>
  );
}
