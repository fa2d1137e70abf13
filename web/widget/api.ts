import { arrayOf, numberOf, parseObject, stringOf, type JsonObject } from "../shared/json";
import { decodeConversation, type Conversation } from "./history";
import { ANSWER_BEGINS_MS, send, withHeader } from "../shared/http";
import { ConnectionLost, Problem } from "../shared/problem";
import type { Prover } from "../shared/prover";
import type { Session } from "./session";

export type Metadata = Readonly<Record<string, string | number | boolean>>;

export interface ChatRequest {
  readonly message: string;
  readonly message_id: string;
  readonly conversation_id?: string;
  readonly stream: boolean;
  readonly metadata?: Metadata;
  /** Of a field that people don't see. */
  readonly website?: string;
}

export interface Site {
  readonly title: string | null;
  readonly welcome: string | null;
  readonly suggestions: readonly string[];
  readonly messageMaxCharacters: number;
  readonly conversationDays: number | null;
}

export interface KnowledgeDocument {
  readonly file: string;
  readonly title: string;
  readonly isMarkdown: boolean;
  readonly text: string;
}

const DEFAULT_MESSAGE_MAX_CHARACTERS = 10_000;
const SHOWN_SUGGESTIONS = 6;
/** A reply that isn't streamed is answered when it is whole. */
const WHOLE_REPLY_MS = 600_000;

/** The calls of the native API. Each throws `Problem` or `ConnectionLost`, nothing else. */
export class Api {
  constructor(
    private readonly base: string,
    private readonly session: Session,
    private readonly prover: Prover,
  ) {}

  async site(): Promise<Site> {
    const body = await objectOf(await send(`${this.base}/api/v1/site`, {}));
    const suggestions = arrayOf(body, "suggestions")
      .filter((suggestion) => typeof suggestion === "string")
      .slice(0, SHOWN_SUGGESTIONS);
    return {
      title: stringOf(body, "title"),
      welcome: stringOf(body, "welcome"),
      suggestions,
      messageMaxCharacters:
        numberOf(body, "message_max_characters") ?? DEFAULT_MESSAGE_MAX_CHARACTERS,
      conversationDays: numberOf(body, "conversation_days"),
    };
  }

  chat(request: ChatRequest, signal: AbortSignal): Promise<Response> {
    const init = {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: request.stream ? "text/event-stream" : "application/json",
      },
      body: JSON.stringify(request),
      signal,
    };
    return this.authorized("/chat", init, request.stream ? ANSWER_BEGINS_MS : WHOLE_REPLY_MS);
  }

  events(conversationId: string, after: string | null, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (after !== null) headers["last-event-id"] = after;
    return this.authorized(`/conversations/${encodeURIComponent(conversationId)}/events`, {
      headers,
      signal,
    });
  }

  async stop(conversationId: string): Promise<void> {
    await this.authorized(`/conversations/${encodeURIComponent(conversationId)}/stop`, {
      method: "POST",
    });
  }

  async conversation(id: string): Promise<Conversation> {
    const response = await this.authorized(`/conversations/${encodeURIComponent(id)}`, {});
    return decodeConversation(await objectOf(response), id);
  }

  async deleteConversation(id: string): Promise<void> {
    await this.authorized(`/conversations/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  async document(id: string): Promise<KnowledgeDocument> {
    const path = `/knowledge/documents/${encodeURIComponent(id)}`;
    const body = await objectOf(await this.authorized(path, {}));
    return {
      file: stringOf(body, "file") ?? "",
      title: stringOf(body, "title") ?? "",
      isMarkdown: stringOf(body, "media_type") === "text/markdown",
      text: stringOf(body, "text") ?? "",
    };
  }

  /** A session that has ended is replaced once, without the visitor noticing. */
  private async authorized(
    path: string,
    init: RequestInit,
    patienceMs = ANSWER_BEGINS_MS,
  ): Promise<Response> {
    const url = `${this.base}/api/v1${path}`;
    const token = await this.session.token();
    try {
      return await this.prover.send(url, withBearer(init, token), patienceMs);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      const renewed = await this.session.replace(token);
      return this.prover.send(url, withBearer(init, renewed), patienceMs);
    }
  }
}

function withBearer(init: RequestInit, token: string): RequestInit {
  return withHeader(init, "authorization", `Bearer ${token}`);
}

/** A 200 that isn't JSON comes from something between us and the server. */
async function objectOf(response: Response): Promise<JsonObject> {
  const body = parseObject(await response.text().catch(() => ""));
  if (!body) throw new ConnectionLost();
  return body;
}
