import { useEffect, useState } from "preact/hooks";
import type { Provider } from "../openid";
import { usePage } from "./context";
import { Trouble, useTask } from "./task";

/** None, until the server has told them. */
export function useProviders(): readonly Provider[] {
  const page = usePage();
  const [providers, setProviders] = useState<readonly Provider[]>([]);
  useEffect(() => void page.providers().then(setProviders), []);
  return providers;
}

export function nameOf(id: string, providers: readonly Provider[]): string {
  return providers.find((provider) => provider.id === id)?.name ?? id;
}

interface ProviderButtonsProps {
  readonly providers: readonly Provider[];
  readonly purpose: "sign_in" | "link";
  /** Before the name. */
  readonly label: string;
}

/** Each leads away to a provider, which sends the browser back. */
export function ProviderButtons({ providers, purpose, label }: ProviderButtonsProps) {
  const page = usePage();
  const { isBusy, trouble, run } = useTask();
  return (
    <>
      <Trouble text={trouble} />
      <div class="actions">
        {providers.map((provider) => (
          <button
            key={provider.id}
            type="button"
            class="plain"
            aria-disabled={isBusy}
            onClick={() => void run(() => page.visitProvider(provider.id, purpose))}
          >
            {label} {provider.name}
          </button>
        ))}
      </div>
    </>
  );
}
