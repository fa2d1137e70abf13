/** Every text the widget shows. The page may replace any of them through `i18n`. */
export const english = {
  title: "Chat",
  subtitle: "",
  footer: "",
  getStarted: "Start chatting",
  inputPlaceholder: "Write a message",
  closeButtonTooltip: "Close the chat",
  openButtonTooltip: "Open the chat",
  welcome: "How can I help?",
  privacy:
    "Your messages are sent to this site and kept for {time}. Delete them whenever you like.",
  privacyPlain: "Your messages are sent to this site. Delete them whenever you like.",
  oneDay: "1 day",
  days: "{count} days",
  inputLabel: "Your message",
  send: "Send",
  stop: "Stop",
  stopping: "Stopping",
  retry: "Try again",
  askAgain: "Ask again",
  newChat: "New chat",
  deleteChat: "Delete this chat",
  deleteQuestion: "Delete this chat?",
  deleteExplained: "It is deleted on the server as well and can't be brought back.",
  deleteConfirm: "Delete",
  deleteCancel: "Keep it",
  transcriptLabel: "Conversation",
  suggestionsLabel: "Suggested questions",
  you: "You said",
  assistant: "Reply",
  writing: "A reply is being written",
  loading: "Loading your conversation",
  replyFinished: "Reply: {text}",
  notSent: "Not sent.",
  unconfirmed: "It is not certain that this message arrived.",
  jumpToLatest: "Jump to the latest",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Press Ctrl+C",
  table: "Table",
  sources: "Sources",
  openSource: "Open source {number}: {title}",
  documentLoading: "Loading the document",
  documentBack: "Back to the chat",
  documentMissing: "The cited passage is no longer in this document.",
  stoppedNote: "Stopped",
  lengthNote: "The reply reached its longest length.",
  filteredNote: "The rest of this reply was held back by the rules of this site.",
  interruptedNote: "This reply was interrupted.",
  emptyNote: "No answer came back.",
  offline: "You are offline. The chat goes on by itself when you are back.",
  reconnecting: "The connection was lost. Reconnecting…",
  sendAgainIn: "You can send again in {seconds} s",
  sendAgainInMinutes: "You can send again in {minutes} min {seconds} s",
  sendAgainNow: "You can send again.",
  tooLong: "{count} characters too many",
  errorConnection: "The server can't be reached right now.",
  errorRefused: "The message could not be accepted.",
  errorRateLimited: "Too many messages in a short time.",
  checking: "Checking that you are a person…",
  errorChallenge: "The check that you are a person did not succeed.",
  errorForbidden: "This page may not use the chat.",
  errorGone: "This is no longer available.",
  errorTimeout: "The answer took too long.",
  errorServer: "Something went wrong on the server.",
  reference: "(Reference: {id})",
};

export type Strings = typeof english;

/** The note under the input. How long messages are kept is unknown until the server was asked. */
export function privacyNote(strings: Strings, days: number | null): string {
  const { footer, privacy, privacyPlain, oneDay, days: several } = strings;
  if (footer) return footer;
  if (days === null) return privacy.includes("{time}") ? privacyPlain : privacy;
  return fill(privacy, { time: days === 1 ? oneDay : fill(several, { count: days }) });
}

export function waitNote(strings: Strings, secondsLeft: number): string {
  const minutes = Math.floor(secondsLeft / 60);
  const template = minutes > 0 ? strings.sendAgainInMinutes : strings.sendAgainIn;
  return fill(template, { minutes, seconds: secondsLeft % 60 });
}

export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
