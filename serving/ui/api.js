// Asking the service. Everything is a POST, so that no customer and no key ever stands in an address.
import { apiKey, askForKey } from "./key.js";

/** What went wrong: `status` 0 when the service could not be reached at all. */
export class AskError extends Error {
  constructor(status, code, message, field = null) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

/** The JSON answer of an endpoint. */
export const ask = async (path, body) => (await send(path, body)).json();

/** The answer of an endpoint as a file's content. */
export const askForFile = async (path, body) => (await send(path, body)).blob();

async function send(path, body) {
  let answer = await post(path, body);
  while (answer.status === 401 && (await askForKey())) answer = await post(path, body);
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  if (apiKey()) headers.authorization = `Bearer ${apiKey()}`;
  try {
    return await fetch(path, { method: "POST", headers, body: JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new AskError(0, "unreachable", "");
  }
}

async function refusal(answer) {
  try {
    const { code, message, field } = (await answer.json()).error;
    return new AskError(answer.status, code, message, field ?? null);
  } catch {
    return new AskError(answer.status, "unknown", `HTTP ${answer.status}`);
  }
}
