import { useEffect, useState } from "preact/hooks";
import { copyText } from "../../shared/clipboard";
import { usePage } from "./context";

const SHOWN_MS = 2_500;

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
}

/** Says on itself whether it worked. */
export function CopyButton({ text, label }: CopyButtonProps) {
  const page = usePage();
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    const isCopied = await copyText(text);
    setSaid(isCopied ? "Copied" : "Not copied");
    page.announce(isCopied ? "Copied." : "That could not be copied. Select it instead.");
  };
  return (
    <button type="button" class="plain small" onClick={copy}>
      {said ?? label}
    </button>
  );
}
