import { useState } from "preact/hooks";
import { refusalOf } from "../refusal";

/** What a button does: once at a time, and with words when it fails. */
export function useTask() {
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const run = async (task: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    setTrouble(null);
    try {
      await task();
    } catch (error) {
      setTrouble(refusalOf(error).text);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, trouble, run };
}

export function Trouble({ text }: { readonly text: string | null }) {
  if (text === null) return null;
  return (
    <p class="fault" role="alert">
      {text}
    </p>
  );
}
