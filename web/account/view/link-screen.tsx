import type { Link } from "../api";
import { isGone } from "../page";
import { faultOfPassword, LEAST_CHARACTERS, LEAST_WITH_SECOND_FACTOR } from "../password-rule";
import { usePage } from "./context";
import { HiddenName, PasswordField, TextField } from "./fields";
import { Form, type Faults, type Values } from "./form";

interface LinkScreenProps {
  readonly token: string;
  readonly link: Link;
}

/** Whether the account of a link has a second factor is not told, so the server decides. */
function check({ name, new_password = "" }: Values): Faults {
  const faults: Record<string, string> = {};
  if (name?.trim() === "") faults["name"] = "Choose a name.";
  const least = name === undefined ? LEAST_WITH_SECOND_FACTOR : LEAST_CHARACTERS;
  const fault = faultOfPassword(new_password, least);
  if (fault !== null) faults["new_password"] = fault;
  return faults;
}

/** Whoever has a link that works once chooses a password with it. */
export function LinkScreen({ token, link }: LinkScreenProps) {
  const page = usePage();
  const isFirst = link.purpose === "first_operator";
  const send = async ({ name = "", new_password = "" }: Values) => {
    const chosen = isFirst ? name.trim() : null;
    try {
      const who = await page.api.useLink(token, new_password, chosen);
      if (who) await page.enter(who, "Your password is set, and you are signed in.");
      else page.askSecondFactor();
    } catch (error) {
      if (!isGone(error)) throw error;
      page.showSpentLink();
    }
  };
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>{isFirst ? "Welcome" : "Choose a password"}</h1>
      <p class="lead">
        {isFirst
          ? "You are the first operator of this Gatehouse. Choose the name and the password you " +
            "will sign in with."
          : "With it you sign in as"}
        {!isFirst && <strong class="name"> {link.name}</strong>}
        {!isFirst && ". All other sessions of this account end."}
      </p>
      <Form action={isFirst ? "Begin" : "Set the password"} actionUnderWay="One moment…"
        check={check} send={send}>
        {(faults) => (
          <>
            {isFirst ? (
              <TextField
                name="name"
                label="Name"
                hint="Letters a to z, digits and . _ - + @. An e-mail address will do."
                autocomplete="username"
                fault={faults["name"]}
              />
            ) : (
              <HiddenName value={link.name ?? ""} />
            )}
            <PasswordField
              name="new_password"
              label="New password"
              autocomplete="new-password"
              fault={faults["new_password"]}
            />
          </>
        )}
      </Form>
    </section>
  );
}

export function SpentLinkScreen() {
  const page = usePage();
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>This link doesn’t work any more</h1>
      <p class="lead">Each link works once, and only for a while.</p>
      <ul class="ways">
        <li>
          <strong>The first operator’s link:</strong> restart Gatehouse. As long as nobody can sign
          in as operator, each start makes another one.
        </li>
        <li>
          <strong>A link for your password:</strong> ask the operator of this server for another
          one.
        </li>
      </ul>
      <div class="actions">
        <button type="button" class="plain" onClick={() => void page.open(null)}>
          Go on without it
        </button>
      </div>
    </section>
  );
}
