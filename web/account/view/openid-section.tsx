import { useEffect, useRef, useState } from "preact/hooks";
import type { SignedIn } from "../api";
import type { Identity, Provider } from "../openid";
import { refusalOf } from "../refusal";
import { breakable } from "./breakable";
import { usePage } from "./context";
import { Entry } from "./entry";
import { Moment, useNow } from "./moment";
import { ProofForm } from "./proof";
import { nameOf, ProviderButtons, useProviders } from "./providers";
import { Section } from "./section";
import { StepHeading } from "./step-heading";
import { Trouble } from "./task";

/** Where nobody else can be asked who somebody is, there is no such section. */
export function OpenIdSection({ who }: { readonly who: SignedIn }) {
  const providers = useProviders();
  return providers.length === 0 ? null : <Identities who={who} providers={providers} />;
}

interface IdentitiesProps {
  readonly who: SignedIn;
  readonly providers: readonly Provider[];
}

function Identities({ who, providers }: IdentitiesProps) {
  const page = usePage();
  const [identities, setIdentities] = useState<readonly Identity[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [going, setGoing] = useState<Identity | null>(null);
  const title = useRef<HTMLHeadingElement>(null);

  const look = async () => setIdentities(await page.asSignedIn(() => page.api.identities()));
  const tell = (error: unknown) => setTrouble(refusalOf(error).text);
  useEffect(() => void look().catch(tell), [who]);

  const close = () => {
    setGoing(null);
    title.current?.focus(); // the button that was pressed is not there
  };
  const disconnect = async ({ id, provider }: Identity, password: string) => {
    await page.asSignedIn(() => page.api.disconnect(id, password));
    close();
    page.announce(`${nameOf(provider, providers)} is disconnected.`);
    await look().catch(tell);
  };
  const others = providers.filter(
    ({ id }) => !identities?.some(({ provider }) => provider === id),
  );
  return (
    <Section id="openid-title" title="Sign in with" titleRef={title}>
      <p class="lead">What is connected here opens your account, without its password.</p>
      <Trouble text={trouble} />
      {identities !== null && identities.length > 0 && !going && (
        <IdentityList identities={identities} providers={providers} onGo={setGoing} />
      )}
      {going && (
        <>
          <StepHeading>Disconnect {nameOf(going.provider, providers)}?</StepHeading>
          <p class="lead">Then {breakable(going.email)} opens this account no more.</p>
          <ProofForm
            who={who}
            action="Disconnect"
            actionUnderWay="Disconnecting…"
            send={(password) => disconnect(going, password)}
            onCancel={close}
            isFinal
          />
        </>
      )}
      {identities !== null && others.length > 0 && !going && (
        <ProviderButtons providers={others} purpose="link" label="Connect" />
      )}
    </Section>
  );
}

interface IdentityListProps {
  readonly identities: readonly Identity[];
  readonly providers: readonly Provider[];
  readonly onGo: (identity: Identity) => void;
}

function IdentityList({ identities, providers, onGo }: IdentityListProps) {
  const nowMs = useNow();
  return (
    <ul class="entries">
      {identities.map((identity) => {
        const name = nameOf(identity.provider, providers);
        const { email, linkedMs, usedMs } = identity;
        return (
          <Entry
            key={identity.id}
            name={<span>{name}</span>}
            badges={[]}
            facts={[
              { name: "E-mail", value: breakable(email) },
              { name: "Connected", value: <Moment ms={linkedMs} nowMs={nowMs} /> },
              {
                name: "Last used",
                value: Number.isNaN(usedMs) ? "never" : <Moment ms={usedMs} nowMs={nowMs} />,
              },
            ]}
          >
            <button
              type="button"
              class="plain small"
              aria-label={`Disconnect: ${name}`}
              onClick={() => onGo(identity)}
            >
              Disconnect
            </button>
          </Entry>
        );
      })}
    </ul>
  );
}
