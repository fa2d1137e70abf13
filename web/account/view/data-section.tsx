import { useState } from "preact/hooks";
import { saveFile } from "../../shared/save-file";
import type { SignedIn } from "../api";
import { breakable } from "./breakable";
import { usePage } from "./context";
import { useOpener } from "./opener";
import { ProofForm } from "./proof";
import { Section } from "./section";
import { StepHeading } from "./step-heading";
import { Trouble, useTask } from "./task";

/** All that is kept of a person: to take along, and to erase. */
export function DataSection({ who }: { readonly who: SignedIn }) {
  const page = usePage();
  const [isErasing, setErasing] = useState(false);
  const opener = useOpener(isErasing);
  const open = () => {
    setErasing(true);
    void page.refresh(); // whether a code is needed, too
  };
  return (
    <Section id="data-title" title="Your data">
      <p class="lead">
        All that is kept of you, in one file: your account, where you are signed in,
        {who.role === "operator" && " your keys of programs,"} and every conversation.
      </p>
      {isErasing ? (
        <EraseForm who={who} onCancel={() => setErasing(false)} />
      ) : (
        <Ways opener={opener} onErase={open} />
      )}
    </Section>
  );
}

interface WaysProps {
  readonly opener: ReturnType<typeof useOpener>;
  readonly onErase: () => void;
}

function Ways({ opener, onErase }: WaysProps) {
  const page = usePage();
  const { isBusy, trouble, run } = useTask();
  const download = async () => {
    saveFile("my-data.json", await page.asSignedIn(() => page.api.exportAll()));
    page.announce("Your data is downloaded.");
  };
  return (
    <>
      <Trouble text={trouble} />
      <div class="actions">
        <button
          type="button"
          class="plain"
          aria-disabled={isBusy}
          onClick={() => void run(download)}
        >
          {isBusy ? "Collecting…" : "Download it"}
        </button>
        <button type="button" class="plain" ref={opener} onClick={onErase}>
          Erase the account…
        </button>
      </div>
    </>
  );
}

interface EraseFormProps {
  readonly who: SignedIn;
  readonly onCancel: () => void;
}

function EraseForm({ who, onCancel }: EraseFormProps) {
  const page = usePage();
  return (
    <>
      <StepHeading describedBy="erase-what">Erase {breakable(who.name)}?</StepHeading>
      <div id="erase-what">
        <p class="lead">At once, and for good, go:</p>
        <ul class="losses">
          <li>the account: nobody can sign in to it any more, and others may take its name</li>
          <li>every conversation that you had while you were signed in</li>
          {who.role === "operator" && <li>your keys: programs that use them are refused</li>}
        </ul>
        <p class="lead">
          The log of this server keeps a receipt that has a number in the place of your name.
        </p>
      </div>
      <ProofForm
        who={who}
        action="Erase for good"
        actionUnderWay="Erasing…"
        send={(password, code) => page.erase(password, code)}
        onCancel={onCancel}
        asksCode={who.hasSecondFactor === true}
        isFinal
      />
    </>
  );
}
