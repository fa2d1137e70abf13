import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionEntry, SignedIn } from "../api";
import { refusalOf } from "../refusal";
import { describeUserAgent } from "../user-agent";
import { Confirm } from "./confirm";
import { usePage } from "./context";
import { Entry } from "./entry";
import { Moment, useNow } from "./moment";
import { Section } from "./section";
import { Trouble } from "./task";

export function SessionsSection({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const [sessions, setSessions] = useState<readonly SessionEntry[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);

  /** Runs a call, then shows what there is now. */
  const act = async (call: () => Promise<void>, words: string | null) => {
    setTrouble(null);
    try {
      await page.asSignedIn(call);
      if (words !== null) {
        page.announce(words);
        title.current?.focus(); // the button that was pressed goes with its session
      }
      setSessions(await page.asSignedIn(() => page.api.sessions()));
    } catch (error) {
      setTrouble(refusalOf(error).text);
    }
  };
  useEffect(() => void act(async () => undefined, null), [who]);

  const end = ({ id, userAgent }: SessionEntry) =>
    act(() => page.api.endSession(id), `${describeUserAgent(userAgent)} is signed out.`);
  const endOthers = () => {
    setAsking(false);
    void act(() => page.api.endOtherSessions(), "All other sessions have ended.");
  };
  const others = (sessions ?? []).filter(({ isCurrent }) => !isCurrent).length;
  return (
    <Section id="sessions-title" title="Where you are signed in" titleRef={title}>
      <Trouble text={trouble} />
      {sessions !== null && <SessionList sessions={sessions} onEnd={end} />}
      {others > 1 && (
        <div class="actions">
          <button type="button" class="plain" onClick={() => setAsking(true)}>
            Sign out everywhere else
          </button>
        </div>
      )}
      {isAsking && (
        <Confirm
          title="Sign out everywhere else?"
          text={`${others} other sessions end at once. This browser stays signed in.`}
          yes="Sign out"
          no="Keep them"
          onYes={endOthers}
          onNo={() => setAsking(false)}
        />
      )}
    </Section>
  );
}

interface SessionListProps {
  readonly sessions: readonly SessionEntry[];
  readonly onEnd: (entry: SessionEntry) => void;
}

function SessionList({ sessions, onEnd }: SessionListProps) {
  const nowMs = useNow();
  return (
    <ul class="entries">
      {sessions.map((entry) => (
        <Session key={entry.id} entry={entry} nowMs={nowMs} onEnd={() => onEnd(entry)} />
      ))}
    </ul>
  );
}

interface SessionProps {
  readonly entry: SessionEntry;
  readonly nowMs: number;
  readonly onEnd: () => void;
}

function Session({ entry, nowMs, onEnd }: SessionProps) {
  const name = describeUserAgent(entry.userAgent);
  const seenMs = entry.isCurrent ? nowMs : entry.seenMs;
  return (
    <Entry
      name={<span title={entry.userAgent}>{name}</span>}
      badges={entry.isCurrent ? ["This browser"] : []}
      facts={[
        { name: "Network", value: entry.network.replace(/\/32$/, "") },
        { name: "Signed in", value: <Moment ms={entry.createdMs} nowMs={nowMs} /> },
        { name: "Last seen", value: <Moment ms={seenMs} nowMs={nowMs} /> },
      ]}
    >
      {!entry.isCurrent && (
        <button type="button" class="plain small" aria-label={`Sign out: ${name}`} onClick={onEnd}>
          Sign out
        </button>
      )}
    </Entry>
  );
}
