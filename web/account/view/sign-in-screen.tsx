import { useState } from "preact/hooks";
import { isAboutCode } from "../page";
import { usePage } from "./context";
import { CodeField, PasswordField, TextField } from "./fields";
import { Form, type Faults, type Values } from "./form";
import { ProviderButtons, useProviders } from "./providers";

function check({ name, password }: Values): Faults {
  const faults: Record<string, string> = {};
  if (name?.trim() === "") faults["name"] = "Enter your name.";
  if (password === "") faults["password"] = "Enter your password.";
  return faults;
}

/** Phones would open their keyboard over half of the page before anybody has read it. */
const hasKeyboard = () => matchMedia("(hover: hover) and (pointer: fine)").matches;

export function SignInScreen({ notice }: { readonly notice: string | null }) {
  const page = usePage();
  const providers = useProviders();
  const [asksCode, setAsksCode] = useState(false);
  const send = async ({ name = "", password = "", code = "" }: Values) => {
    try {
      const who = await page.api.signIn(name.trim(), password, code.trim());
      await page.enter(who, "You are signed in.");
    } catch (error) {
      if (asksCode || !isAboutCode(error)) throw error;
      setAsksCode(true);
      page.announce("Enter the code of your app.");
    }
  };
  return (
    <section class="card narrow">
      <h1 tabIndex={-1} aria-describedby={notice === null ? undefined : "notice"}>
        Sign in
      </h1>
      {notice !== null && (
        <p class="notice" id="notice">
          {notice}
        </p>
      )}
      <Form action="Sign in" actionUnderWay="Signing in…" check={check} send={send}>
        {(faults) => (
          <>
            <TextField
              name="name"
              label="Name"
              autocomplete="username"
              fault={faults["name"]}
              takesFocus={notice === null && hasKeyboard()}
            />
            <PasswordField
              name="password"
              label="Password"
              autocomplete="current-password"
              fault={faults["password"]}
            />
            {asksCode && <CodeField fault={faults["code"]} takesFocus />}
          </>
        )}
      </Form>
      {providers.length > 0 && (
        <div class="elsewhere">
          <p class="or">or</p>
          <ProviderButtons providers={providers} purpose="sign_in" label="Continue with" />
        </div>
      )}
      <p class="foot">
        You don’t need an account to chat. If you have lost your password, whoever runs this server
        can give you a link to choose another.
      </p>
    </section>
  );
}
