import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const FOCUSABLE = "button, textarea, a[href], [tabindex='0']";

export function useMediaQuery(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = () => setMatches(list.matches);
    update();
    list.addEventListener("change", update);
    return () => list.removeEventListener("change", update);
  }, [query]);
  return matches;
}

/** Keeps Tab inside an element that covers the page. */
export function useFocusTrap(ref: RefObject<HTMLElement | null>, isTrapping: boolean): void {
  useEffect(() => {
    const element = ref.current;
    if (!element || !isTrapping) return;
    const keepInside = (event: KeyboardEvent) => {
      if (event.key !== "Tab") return;
      const stops = [...element.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
        (stop) => !stop.hasAttribute("disabled") && stop.checkVisibility({
          visibilityProperty: true,
        }),
      );
      const edge = event.shiftKey ? stops[0] : stops.at(-1);
      const next = event.shiftKey ? stops.at(-1) : stops[0];
      const root = element.getRootNode();
      const focused = root instanceof ShadowRoot ? root.activeElement : document.activeElement;
      const isOutside = !focused || !element.contains(focused);
      if (!next || (focused !== edge && !isOutside)) return;
      event.preventDefault();
      next.focus();
    };
    element.addEventListener("keydown", keepInside);
    return () => element.removeEventListener("keydown", keepInside);
  }, [isTrapping]);
}

/**
 * While the widget covers a phone's screen: the page behind doesn't scroll, and the panel ends
 * above the on-screen keyboard, which `dvh` doesn't know of on iOS.
 */
export function useCoveredScreen(host: HTMLElement, isCovering: boolean): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (!isCovering || !viewport) return;
    const page = document.documentElement;
    const overflow = page.style.overflow;
    page.style.overflow = "hidden";
    const fit = () => {
      host.style.setProperty("--viewport-height", `${viewport.height}px`);
      host.style.setProperty("--viewport-top", `${viewport.offsetTop}px`);
    };
    fit();
    viewport.addEventListener("resize", fit);
    viewport.addEventListener("scroll", fit);
    return () => {
      page.style.overflow = overflow;
      viewport.removeEventListener("resize", fit);
      viewport.removeEventListener("scroll", fit);
    };
  }, [isCovering]);
}
