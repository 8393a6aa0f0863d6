// Asking the service. Everything is a POST, so that no customer and no key ever stands in an address.
import { setClock } from "./clock.js";
import { apiKey, askForKey } from "./api_key.js";

const [TIMEOUT_MS, FILE_TIMEOUT_MS] = [20_000, 300_000];

/** What went wrong: `status` 0 when the service could not be reached or did not answer in time. */
export class AskError extends Error {
  constructor(status, code, message, { field = null, request_id: request = null } = {}) {
    super(message);
    Object.assign(this, { status, code, field, request });
  }
}

/** The JSON answer of an endpoint. */
export const ask = (path, body) => send(path, body, TIMEOUT_MS, (answer) => answer.json());

/** The answer of an endpoint as a file's content. */
export const askForFile = (path, body) => send(path, body, FILE_TIMEOUT_MS, (answer) => answer.blob());

async function send(path, body, timeout, read) {
  let answer = await post(path, body, timeout);
  while (answer.status === 401 && (await askForKey())) answer = await post(path, body, timeout);
  if (!answer.ok) throw await refusal(answer);
  try {
    return await read(answer);
  } catch (error) {
    throw broken(error, answer.status);
  }
}

async function post(path, body, timeout) {
  const headers = { "content-type": "application/json" };
  if (apiKey()) headers.authorization = `Bearer ${apiKey()}`;
  const signal = AbortSignal.timeout(timeout);
  try {
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), cache: "no-store", signal });
    setClock(answer);
    return answer;
  } catch (error) {
    throw broken(error, 0);
  }
}

// An answer that ends before its end, or that is none of the service's, has no error of its own.
function broken(error, status) {
  if (error.name === "TimeoutError") return new AskError(0, "timeout", "");
  return error instanceof SyntaxError ? new AskError(status, "unknown", `HTTP ${status}`) : new AskError(0, "unreachable", "");
}

async function refusal(answer) {
  try {
    const { code, message, ...more } = (await answer.json()).error;
    return new AskError(answer.status, code, message, more);
  } catch {
    return new AskError(answer.status, "unknown", `HTTP ${answer.status}`);
  }
}
