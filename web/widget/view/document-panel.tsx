import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { KnowledgeDocument } from "../api";
import { splitAtCodePoints } from "../codepoints";
import type { Citation } from "../events";
import { explain } from "../problem";
import { reflow } from "../reflow";
import { useWidget } from "./context";
import { BackIcon } from "./icons";

type Loaded = { document: KnowledgeDocument } | { failure: string } | null;

interface DocumentPanelProps {
  readonly citation: Citation;
  readonly onClose: () => void;
}

/** Shows the document a citation points into, at the cited passage. */
export function DocumentPanel({ citation, onClose }: DocumentPanelProps) {
  const { chat, strings } = useWidget();
  const [loaded, setLoaded] = useState<Loaded>(null);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  useEffect(() => {
    let isCurrent = true;
    setLoaded(null);
    chat.document(citation.documentId).then(
      (document) => isCurrent && setLoaded({ document }),
      (error: unknown) => isCurrent && setLoaded({ failure: explain(error, strings) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [citation.documentId]);
  return (
    <section class="document" role="dialog" aria-labelledby="document-title">
      <header class="header">
        <button
          type="button"
          class="icon"
          ref={back}
          title={strings.documentBack}
          aria-label={strings.documentBack}
          onClick={onClose}
        >
          <BackIcon />
        </button>
        <div class="heading">
          <h2 id="document-title" dir="auto">
            {citation.title || citation.file}
          </h2>
          <p dir="auto">
            {[citation.file, citation.heading].filter((part) => part !== "").join(" · ")}
          </p>
        </div>
      </header>
      <DocumentBody loaded={loaded} citation={citation} />
    </section>
  );
}

function DocumentBody({ loaded, citation }: { loaded: Loaded; citation: Citation }) {
  const { strings } = useWidget();
  if (!loaded) return <p class="document-note">{strings.documentLoading}</p>;
  if ("failure" in loaded) {
    return (
      <p class="document-note" role="alert">
        {loaded.failure}
      </p>
    );
  }
  const { text, isMarkdown } = loaded.document;
  return <MarkedText text={isMarkdown ? reflow(text) : text} citation={citation} />;
}

function MarkedText({ text, citation }: { text: string; citation: Citation }) {
  const { strings } = useWidget();
  const mark = useRef<HTMLElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!mark.current || !frame.current) return;
    // Not scrollIntoView: that would scroll the page around an inline widget as well.
    const top = mark.current.offsetTop - frame.current.clientHeight / 4;
    frame.current.scrollTop = Math.max(0, top);
  }, [citation, text]);
  const { before, marked, after } = splitAtCodePoints(text, citation.start, citation.end);
  return (
    <div
      class="document-text"
      ref={frame}
      tabIndex={0}
      role="region"
      aria-labelledby="document-title"
    >
      {marked === "" && <p class="document-note">{strings.documentMissing}</p>}
      <p dir="auto">
        {before}
        {marked !== "" && <mark ref={mark}>{marked}</mark>}
        {after}
      </p>
    </div>
  );
}
