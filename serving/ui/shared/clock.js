// The service's clock: the browser's own may be wrong, and ages would lie with it.
let offset = 0;

/** Set the clock by an answer's date; an answer without one changes nothing. */
export function setClock(answer) {
  const date = Date.parse(answer.headers.get("date"));
  if (!Number.isNaN(date)) offset = date - Date.now();
}

/** Milliseconds since 1970, as the service counts them. */
export const now = () => Date.now() + offset;
