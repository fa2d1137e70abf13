import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { KnowledgeDocument } from "../api";
import { splitAtCodePoints } from "../codepoints";
import type { Citation } from "../events";
import type { Block } from "../markdown";
import { parsePassage, type Passage } from "../passage";
import { explain } from "../explain";
import { RichText } from "../rich-text";
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
  return <DocumentText document={loaded.document} citation={citation} />;
}

interface DocumentTextProps {
  readonly document: KnowledgeDocument;
  readonly citation: Citation;
}

function DocumentText({ document, citation }: DocumentTextProps) {
  const { strings } = useWidget();
  const frame = useRef<HTMLDivElement>(null);
  const { passage, blocks } = useMemo(() => {
    const cut = splitAtCodePoints(document.text, citation.start, citation.end);
    return { passage: cut, blocks: document.isMarkdown ? parsePassage(cut) : null };
  }, [document, citation]);
  useLayoutEffect(() => scrollToMark(frame.current), [passage]);
  return (
    <div
      class="document-text"
      ref={frame}
      tabIndex={0}
      role="region"
      aria-labelledby="document-title"
    >
      {passage.marked === "" && <p class="document-note">{strings.documentMissing}</p>}
      {blocks ? <Drawn blocks={blocks} /> : <Plain passage={passage} />}
    </div>
  );
}

function Drawn({ blocks }: { blocks: readonly Block[] }) {
  const { strings, openCitation } = useWidget();
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    element.current.replaceChildren();
    new RichText(element.current, { strings, openCitation }).drawDocument(blocks);
  }, [blocks]);
  return <div class="text" dir="auto" ref={element} />;
}

function Plain({ passage: { before, marked, after } }: { passage: Passage }) {
  return (
    <p class="plain-text" dir="auto">
      {before}
      {marked !== "" && <mark>{marked}</mark>}
      {after}
    </p>
  );
}

/** Not scrollIntoView: that would scroll the page around an inline widget as well. */
function scrollToMark(frame: HTMLElement | null): void {
  const mark = frame?.querySelector("mark");
  if (!frame || !mark) return;
  const distance = mark.getBoundingClientRect().top - frame.getBoundingClientRect().top;
  frame.scrollTop = Math.max(0, frame.scrollTop + distance - frame.clientHeight / 4);
}
