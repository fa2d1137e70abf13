import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Site } from "../api";
import type { Chat } from "../chat";
import type { Citation } from "../events";
import type { WidgetOptions } from "../options";
import type { ChatState } from "../state";
import type { Strings } from "../strings";

/** What every part of the widget may use. */
export interface Widget {
  readonly chat: Chat;
  readonly options: WidgetOptions;
  readonly strings: Strings;
  readonly site: Site | null;
  readonly openCitation: (citation: Citation, from: HTMLElement) => void;
}

const WidgetContext = createContext<Widget | null>(null);

export const WidgetProvider = WidgetContext.Provider;

export function useWidget(): Widget {
  const widget = useContext(WidgetContext);
  if (!widget) throw new Error("outside of the widget");
  return widget;
}

export function useChatState(chat: Chat): ChatState {
  const [state, setState] = useState(chat.store.get());
  useEffect(() => {
    setState(chat.store.get());
    return chat.store.subscribe(() => setState(chat.store.get()));
  }, [chat]);
  return state;
}
