import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { AccountPage, PageState } from "../page";

const PageContext = createContext<AccountPage | null>(null);

export const PageProvider = PageContext.Provider;

export function usePage(): AccountPage {
  const page = useContext(PageContext);
  if (!page) throw new Error("outside of the page");
  return page;
}

export function usePageState(page: AccountPage): PageState {
  const [state, setState] = useState(page.state);
  useEffect(() => {
    setState(page.state);
    return page.subscribe(() => setState(page.state));
  }, [page]);
  return state;
}
