// What stands in the place of content: that it is being fetched, that there is none, or why it could not be.
import { announce, element } from "./dom.js";
import { say, sayIfKnown, withNames } from "./language.js";

export const waiting = () => element("p", { class: "waiting" }, say("waiting"));

export const empty = (text) => element("p", { class: "notice empty" }, text);

/** Why something failed, what to do, and a way to try again. */
export function failure(error, retry) {
  const title = titleOf(error);
  announce(title);
  return element(
    "div",
    { class: `notice ${error.status === 404 ? "empty" : "error"}` },
    element("p", {}, element("strong", {}, title)),
    element("p", {}, sayIfKnown(`error.${error.code}.do`) ?? say("error.do")),
    (DETAILS_OF[error.code] ?? details)(error),
    retry ? element("button", { type: "button", onclick: again(retry) }, say("retry")) : null,
  );
}

// The button goes away with its notice; the focus stays where the next answer will stand.
const again = (retry) => ({ currentTarget }) => {
  const place = currentTarget.closest(".notice").parentElement;
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
  retry();
};

// The details of some errors are for everybody; those of others are for the people who run the service.
const DETAILS_OF = {
  unknown_customer: () => null,
  no_scores: ({ message }) => element("p", { lang: "en" }, element("code", {}, message.match(/`(.+)`/)?.[1] ?? message)),
  impossible_change: ({ message }) => element("p", {}, withNames(message)),
};

function details({ message, request }) {
  const lines = [message, request && say("error.request", { request })].filter(Boolean);
  if (lines.length === 0) return null;
  return element("details", {}, element("summary", {}, say("error.details")),
    lines.map((line) => element("p", { class: "small", lang: line === message ? "en" : null }, line)));
}

function titleOf(error) {
  if (!("status" in error)) throw error; // a fault of the page itself
  return sayIfKnown(`error.${error.code}`) ?? say("error.other");
}

/** Fill a place with what `make` gives, and say so while it is not there and when it fails. */
export async function load(place, make) {
  place.replaceChildren(waiting());
  place.setAttribute("aria-busy", "true");
  try {
    const made = [await make()].flat(9).filter((child) => child !== null);
    place.replaceChildren(...made);
  } catch (error) {
    place.replaceChildren(failure(error, () => load(place, make)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}
