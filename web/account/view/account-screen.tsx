import { useState } from "preact/hooks";
import type { SignedIn } from "../api";
import { refusalOf } from "../refusal";
import { breakable } from "./breakable";
import { usePage } from "./context";
import { DataSection } from "./data-section";
import { FactorSection } from "./factor-section";
import { KeysSection } from "./keys-section";
import { PasswordSection } from "./password-section";
import { SessionsSection } from "./sessions-section";

const ROLES: Readonly<Record<string, string>> = {
  operator: "Operator: may change everything",
  analyst: "Analyst: may read what the guard did",
  member: "Member",
};

/** What comes next to one's own account is a section more. */
export function AccountScreen({ who }: { readonly who: SignedIn }) {
  return (
    <div class="sections">
      <Person who={who} />
      <SessionsSection who={who} />
      <PasswordSection who={who} />
      <FactorSection who={who} />
      {who.role === "operator" && <KeysSection who={who} />}
      <DataSection who={who} />
    </div>
  );
}

function Person({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const [trouble, setTrouble] = useState<string | null>(null);
  const signOut = () => {
    setTrouble(null);
    page.signOut().catch((error) => setTrouble(refusalOf(error).text));
  };
  return (
    <section class="person">
      <div class="who">
        <h1 tabIndex={-1}>{breakable(who.name)}</h1>
        <p class="role">{ROLES[who.role] ?? who.role}</p>
      </div>
      <button type="button" class="plain" onClick={signOut}>
        Sign out
      </button>
      {trouble !== null && (
        <p class="fault" role="alert">
          {trouble}
        </p>
      )}
    </section>
  );
}
