// What a JSON value must look like, written as tables. What is wrong is said in LINE's words where
// its reference shows them: https://developers.line.biz/en/reference/messaging-api/#error-responses

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

// https://developers.line.biz/en/docs/messaging-api/text-character-count/ says which text is
// counted in which of the two.
export const utf16Units = (text) => text.length;
export const graphemes = (text) => [...segmenter.segment(text)].length;

/** What was found: `errors` are refused, `unknown` names LINE ignores and nobody meant to send. */
export class Findings {
  errors = [];
  unknown = [];

  wrong(property, message) {
    this.errors.push({ message, property });
  }
}

const join = (at, name) => (at === "" ? name : `${at}.${name}`);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export const text =
  (most, count = utf16Units) =>
  (value, at, findings) => {
    if (typeof value !== "string") findings.wrong(at, "Must be a string");
    else if (value === "") findings.wrong(at, "May not be empty");
    else if (count(value) > most) findings.wrong(at, `Length must be between 0 and ${most}`);
  };

export const matching = (pattern, message) => (value, at, findings) => {
  if (typeof value !== "string" || !pattern.test(value)) findings.wrong(at, message);
};

/** Percent-encoded, as #url-encoding of the reference asks. */
export const address =
  (most, schemes = ["https"]) =>
  (value, at, findings) => {
    const form = new RegExp(`^(?:${schemes.join("|")}):[!-~]+$`);
    text(most)(value, at, findings);
    if (typeof value === "string" && value !== "" && !form.test(value))
      findings.wrong(at, `Must be an address with one of the schemes [${schemes.join(", ")}]`);
  };

export const oneOf =
  (...values) =>
  (value, at, findings) => {
    if (!values.includes(value))
      findings.wrong(at, `Must be one of the following values: [${values.join(", ")}]`);
  };

export const number =
  ({ least = -Infinity, most = Infinity, isWhole = false } = {}) =>
  (value, at, findings) => {
    if (typeof value !== "number" || (isWhole && !Number.isInteger(value)))
      findings.wrong(at, "Must be a number");
    else if (value < least || value > most)
      findings.wrong(at, `Must be between ${least} and ${most}`);
  };

export const flag = (value, at, findings) => {
  if (typeof value !== "boolean") findings.wrong(at, "Must be a boolean");
};

export const list = (least, most, check) => (value, at, findings) => {
  if (!Array.isArray(value) || value.length < least || value.length > most)
    return findings.wrong(at, `Size must be between ${least} and ${most}`);
  value.forEach((item, index) => check(item, `${at}[${index}]`, findings));
};

/** Fields by name; one whose name ends in `?` may be missing. `also` sees the whole object. */
export const record =
  (fields, also = () => {}) =>
  (value, at, findings) => {
    if (!isObject(value)) return findings.wrong(at, "Must be an object");
    for (const name of Object.keys(value))
      if (!(name in fields) && !(`${name}?` in fields)) findings.unknown.push(join(at, name));
    for (const [key, check] of Object.entries(fields)) {
      const name = key.replace(/\?$/, "");
      const isThere = value[name] !== undefined && value[name] !== null;
      if (isThere) check(value[name], join(at, name), findings);
      else if (name === key) findings.wrong(join(at, name), "May not be empty");
    }
    also(value, at, findings);
  };

/** One check for each value of `type`. */
export const kinds = (checks) => (value, at, findings) => {
  if (!isObject(value)) return findings.wrong(at, "Must be an object");
  if (!value.type) return findings.wrong(join(at, "type"), "May not be empty");
  if (!Object.hasOwn(checks, value.type))
    return oneOf(...Object.keys(checks))(value.type, join(at, "type"), findings);
  const { type, ...fields } = value;
  return checks[type](fields, at, findings);
};

/** Any object; what it holds is somebody else's. */
export const anyObject = (value, at, findings) => {
  if (!isObject(value)) findings.wrong(at, "Must be an object");
};

/** Where a text holds half of a surrogate pair: UTF-8 can't say that, and no client can show it. */
export function findLoneSurrogates(value, at = "") {
  if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? [at] : [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => findLoneSurrogates(item, `${at}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => findLoneSurrogates(item, join(at, name)));
}
