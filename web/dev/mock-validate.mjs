// Checks what the widget sends against docs/api.md, as strictly as the server does.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CHAT_MEMBERS = ["message", "conversation_id", "message_id", "stream", "tags", "metadata",
                      "website"];
const MESSAGE_MAX_CHARACTERS = 10_000;

/** The first fault as `{ field, detail }`, or null. */
export function faultOfChat(body) {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return fault(null, "The body is not an object.");
  }
  const unknown = Object.keys(body).find((name) => !CHAT_MEMBERS.includes(name));
  if (unknown) return fault(unknown, `Unknown member ${unknown}.`);
  return faultOfMessage(body.message) ?? faultOfIds(body) ?? faultOfRest(body);
}

function faultOfMessage(message) {
  if (typeof message !== "string") return fault("message", "message must be a text.");
  const length = [...message].length;
  return length < 1 || length > MESSAGE_MAX_CHARACTERS
    ? fault("message", "message must have 1 to 10,000 characters.")
    : null;
}

function faultOfIds(body) {
  for (const name of ["conversation_id", "message_id"]) {
    if (name in body && !UUID.test(body[name])) return fault(name, `${name} must be a UUID.`);
  }
  return null;
}

function faultOfRest({ stream, tags, metadata, website }) {
  if (website !== undefined && (typeof website !== "string" || website === "")) {
    return fault("website", "website must be left out when it is empty.");
  }
  if (stream !== undefined && typeof stream !== "boolean") {
    return fault("stream", "stream must be true or false.");
  }
  const hasBadTag = tags?.some((tag) => !/^[a-z0-9_-]{1,32}$/.test(tag));
  if (tags && (tags.length > 10 || hasBadTag)) return fault("tags", "tags are malformed.");
  return metadata === undefined ? null : faultOfMetadata(metadata);
}

function faultOfMetadata(metadata) {
  const values = Object.values(metadata);
  const isFlat = values.every((value) => ["string", "number", "boolean"].includes(typeof value));
  return values.length > 16 || !isFlat || JSON.stringify(metadata).length > 4096
    ? fault("metadata", "metadata must be flat and small.")
    : null;
}

export function faultOfEventId(id) {
  return id === null || /^[\w]+-\d+$/.test(id)
    ? null
    : fault("Last-Event-ID", "Last-Event-ID must be <epoch>-<offset>.");
}

function fault(field, detail) {
  return { field, detail };
}
