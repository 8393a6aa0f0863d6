// What stands in the place of content: that it is being fetched, that there is none, or why it could not be.
import { announce, element } from "./dom.js";
import { say, sayIfKnown } from "./language.js";

export const waiting = () => element("p", { class: "waiting" }, say("waiting"));

export const empty = (text) => element("p", { class: "notice empty" }, text);

/** Why something failed, what to do, and a way to try again. */
export function failure(error, retry) {
  const title = titleOf(error);
  announce(title);
  const told = error.code === "no_scores" || !error.message ? null : error.message;
  return element(
    "div",
    { class: `notice ${error.status === 404 ? "empty" : "error"}` },
    element("p", {}, element("strong", {}, title)),
    element("p", {}, sayIfKnown(`error.${error.code}.do`) ?? say("error.do")),
    error.code === "no_scores" ? element("p", { lang: "en" }, element("code", {}, error.message)) : null,
    told && error.status !== 404 ? element("p", { class: "small", lang: "en" }, told) : null,
    error.status >= 500 && error.request ? element("p", { class: "small" }, say("error.request", { request: error.request })) : null,
    retry ? element("button", { type: "button", onclick: retry }, say("retry")) : null,
  );
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
