import { useState } from "preact/hooks";
import type { NewKey } from "../api";
import { AMOUNTS, MONEY, faultsOfKey, wantedKey } from "../program-key";
import { usePage } from "./context";
import { Choices, TextField } from "./fields";
import { Form, type Faults, type Values } from "./form";

const CHOICES = [
  { name: "ai", label: <>The AI, at <code>/v1</code></> },
  { name: "metrics", label: <>The metrics, at <code>/metrics</code></> },
];

interface KeyFormProps {
  readonly onMade: (key: NewKey) => void;
  readonly onCancel: () => void;
}

export function KeyForm({ onMade, onCancel }: KeyFormProps) {
  const page = usePage();
  const send = async (values: Values) =>
    onMade(await page.asSignedIn(() => page.api.makeKey(wantedKey(values))));
  return (
    <Form
      action="Make it"
      actionUnderWay="Making it…"
      check={faultsOfKey}
      send={send}
      onCancel={onCancel}
    >
      {(faults) => (
        <>
          <TextField
            name="name"
            label="Name of the program"
            autocomplete="off"
            fault={faults["name"]}
            takesFocus
          />
          <Choices
            name="scopes"
            label="What it opens"
            choices={CHOICES}
            checked={["ai"]}
            fault={faults["scopes"]}
          />
          <Bounds faults={faults} />
        </>
      )}
    </Form>
  );
}

/** Folded away, unless something is wrong in there. */
function Bounds({ faults }: { readonly faults: Faults }) {
  const [isOpen, setOpen] = useState(false);
  const isFaulty = [...AMOUNTS, MONEY].some((name) => faults[name]);
  return (
    <details
      open={isOpen || isFaulty}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Its end and limits</summary>
      <div class="bounds">
        <Amount name="days" label="Days until it ends" faults={faults} />
        <Amount name="requests_per_minute" label="Requests a minute" faults={faults} />
        <Amount name="tokens_per_day" label="Tokens a day" faults={faults} />
        <TextField
          name={MONEY}
          label="Money a day"
          autocomplete="off"
          fault={faults[MONEY]}
        />
      </div>
    </details>
  );
}

interface AmountProps {
  readonly name: string;
  readonly label: string;
  readonly faults: Faults;
}

function Amount({ name, label, faults }: AmountProps) {
  return <TextField name={name} label={label} autocomplete="off" fault={faults[name]} isNumber />;
}
