import type { Citation } from "../events";
import { useWidget } from "./context";

/** The numbered list under a reply. Each entry opens the document at the cited passage. */
export function Sources({ citations }: { citations: readonly Citation[] }) {
  const { strings, openCitation } = useWidget();
  return (
    <section class="sources" aria-label={strings.sources}>
      <h3>{strings.sources}</h3>
      <ol>
        {citations.map((citation) => (
          <li key={citation.number}>
            <button
              type="button"
              class="source"
              onClick={(event) => openCitation(citation, event.currentTarget)}
            >
              <span class="number">{citation.number}</span>
              <span class="source-text">
                <span class="source-place" dir="auto">
                  <b>{citation.file || citation.title}</b>
                  {citation.heading && <span> · {citation.heading}</span>}
                </span>
                {citation.quote && (
                  <span class="quote" dir="auto">
                    {citation.quote}
                  </span>
                )}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
