// An answer that says no, in LINE's form.
// https://developers.line.biz/en/reference/messaging-api/#error-responses

export class Refusal extends Error {
  /** `isMistake`: no bot that is right would have asked so, whatever happened before. */
  constructor(status, message, { details = [], headers = {}, isMistake = false, ...more } = {}) {
    super(message);
    Object.assign(this, { status, headers, isMistake });
    this.body = { message, ...(details.length > 0 ? { details } : {}), ...more };
  }
}

export const refuseDetails = (details) =>
  new Refusal(400, `The request body has ${details.length} error(s)`, {
    details,
    isMistake: true,
  });
