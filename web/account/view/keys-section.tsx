import { useEffect, useRef, useState } from "preact/hooks";
import type { KeyEntry, NewKey, SignedIn } from "../api";
import { limitWords, SCOPES } from "../program-key";
import { refusalOf } from "../refusal";
import { dayOf, fullTime, locale } from "../times";
import { Confirm } from "./confirm";
import { usePage } from "./context";
import { Entry } from "./entry";
import { KeyForm } from "./key-form";
import { Moment, useNow } from "./moment";
import { NewKeyPanel } from "./new-key-panel";
import { useOpener } from "./opener";
import { Section } from "./section";
import { Trouble } from "./task";

/** For operators: others can't make keys. */
export function KeysSection({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const [keys, setKeys] = useState<readonly KeyEntry[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewKey | null>(null);
  const [going, setGoing] = useState<KeyEntry | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const opener = useOpener(isMaking || made !== null);

  const look = async () => setKeys(await page.asSignedIn(() => page.api.keys()));
  const tell = (error: unknown) => setTrouble(refusalOf(error).text);
  useEffect(() => void look().catch(tell), [who]);

  const onMade = (key: NewKey) => {
    setMaking(false);
    setMade(key);
    look().catch(tell);
  };
  const revoke = async ({ id, name }: KeyEntry) => {
    setGoing(null);
    setTrouble(null);
    try {
      await page.asSignedIn(() => page.api.revokeKey(id));
      page.announce(`The key of ${name} is revoked.`);
      title.current?.focus(); // the button that was pressed goes with its key
      if (made?.id === id) setMade(null);
      await look();
    } catch (error) {
      tell(error);
    }
  };
  return (
    <Section id="keys-title" title="Keys of programs" titleRef={title}>
      <p class="lead">
        With a key a program asks the AI or reads the metrics in your name. Here are those that you
        made on this page.
      </p>
      <Trouble text={trouble} />
      {keys !== null && keys.length > 0 && <KeyList keys={keys} onRevoke={setGoing} />}
      {isMaking && <KeyForm onMade={onMade} onCancel={() => setMaking(false)} />}
      {made && <NewKeyPanel made={made} onClose={() => setMade(null)} />}
      {!isMaking && !made && (
        <div class="actions">
          <button type="button" class="plain" ref={opener} onClick={() => setMaking(true)}>
            Make a key
          </button>
        </div>
      )}
      {going && (
        <Confirm
          title={`Revoke the key of ${going.name}?`}
          text="Programs that use it are refused at once. This can’t be undone."
          yes="Revoke"
          no="Keep it"
          onYes={() => void revoke(going)}
          onNo={() => setGoing(null)}
        />
      )}
    </Section>
  );
}

interface KeyListProps {
  readonly keys: readonly KeyEntry[];
  readonly onRevoke: (entry: KeyEntry) => void;
}

function KeyList({ keys, onRevoke }: KeyListProps) {
  const nowMs = useNow();
  return (
    <ul class="entries">
      {keys.map((entry) => (
        <Entry
          key={entry.id}
          name={<span>{entry.name}</span>}
          badges={entry.scopes.map((scope) => SCOPES[scope] ?? scope)}
          facts={[
            { name: "Good until", value: <End ms={entry.expiresMs} nowMs={nowMs} /> },
            {
              name: "Last used",
              value: entry.usedMs === null ? "never" : <Moment ms={entry.usedMs} nowMs={nowMs} />,
            },
            { name: "Limits", value: limitWords(entry) },
          ]}
        >
          <button
            type="button"
            class="plain small"
            aria-label={`Revoke: ${entry.name}`}
            onClick={() => onRevoke(entry)}
          >
            Revoke
          </button>
        </Entry>
      ))}
    </ul>
  );
}

interface EndProps {
  readonly ms: number | null;
  readonly nowMs: number;
}

function End({ ms, nowMs }: EndProps) {
  if (ms === null) return <span>you revoke it</span>;
  if (Number.isNaN(ms)) return <span>unknown</span>;
  return (
    <>
      <time dateTime={new Date(ms).toISOString()} title={fullTime(ms)} lang={locale}>
        {dayOf(ms)}
      </time>
      {ms <= nowMs && " (over)"}
    </>
  );
}
