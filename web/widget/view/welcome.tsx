import { useWidget } from "./context";

/** What an empty chat shows: a greeting and questions to begin with. */
export function Welcome({ isBlocked }: { isBlocked: boolean }) {
  const { chat, options, strings, site } = useWidget();
  const welcome = options.hasOwnWelcome ? strings.welcome : (site?.welcome ?? strings.welcome);
  const suggestions = site?.suggestions ?? [];
  return (
    <div class="welcome">
      <p class="greeting" dir="auto">
        {welcome}
      </p>
      {suggestions.length > 0 && (
        <ul class="suggestions" aria-label={strings.suggestionsLabel}>
          {suggestions.map((suggestion) => (
            <li key={suggestion}>
              <button
                type="button"
                dir="auto"
                disabled={isBlocked}
                onClick={() => void chat.send(suggestion)}
              >
                {suggestion}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
