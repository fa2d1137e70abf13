import base from "./styles/base.css";
import chat from "./styles/chat.css";
import documentPanel from "./styles/document.css";
import text from "./styles/text.css";
import windowing from "./styles/window.css";

let sheet: CSSStyleSheet | null = null;

/**
 * One sheet for all widgets of a page. Constructed sheets need no <style> element, so a page's
 * Content-Security-Policy needs no exception for the widget.
 */
export function widgetStyles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync([base, windowing, chat, text, documentPanel].join("\n"));
  }
  return sheet;
}
