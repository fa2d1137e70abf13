import type { SignedIn } from "../api";
import { breakable } from "./breakable";
import { usePage } from "./context";
import { DataSection } from "./data-section";
import { FactorSection } from "./factor-section";
import { KeysSection } from "./keys-section";
import { OpenIdSection } from "./openid-section";
import { PasswordSection } from "./password-section";
import { SessionsSection } from "./sessions-section";
import { Trouble, useTask } from "./task";

const ROLES: Readonly<Record<string, string>> = {
  operator: "Operator: may change everything",
  analyst: "Analyst: may read what the guard did",
  member: "Member",
};

interface AccountScreenProps {
  readonly who: SignedIn;
  readonly notice: string | null;
}

/** What comes next to one's own account is a section more. */
export function AccountScreen({ who, notice }: AccountScreenProps) {
  return (
    <div class="sections">
      <Person who={who} />
      {notice !== null && (
        <p class="notice" role="alert">
          {notice}
        </p>
      )}
      <SessionsSection who={who} />
      <PasswordSection who={who} />
      <FactorSection who={who} />
      <OpenIdSection who={who} />
      {who.role === "operator" && <KeysSection who={who} />}
      <DataSection who={who} />
    </div>
  );
}

function Person({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const { trouble, run } = useTask();
  return (
    <section class="person">
      <div class="who">
        <h1 tabIndex={-1}>{breakable(who.name)}</h1>
        <p class="role">{ROLES[who.role] ?? who.role}</p>
      </div>
      <button type="button" class="plain" onClick={() => void run(() => page.signOut())}>
        Sign out
      </button>
      <Trouble text={trouble} />
    </section>
  );
}
