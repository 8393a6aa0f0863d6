// The service's clock: the browser's own may be wrong, and ages would lie with it.
let ahead = 0;

/** Take the time from an answer; one without a date says nothing. */
export function heard(answer) {
  const told = Date.parse(answer.headers.get("date"));
  if (!Number.isNaN(told)) ahead = told - Date.now();
}

/** Milliseconds since 1970, as the service counts them. */
export const now = () => Date.now() + ahead;
