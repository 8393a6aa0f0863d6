// What to do about a customer: the offer or none, why, and what it rests on.
import { element } from "../shared/dom.js";
import { capital, number, say } from "../shared/language.js";

/** The decision in one sentence. */
export const decisionInWords = ({ contact, offer_name: offer }) =>
  contact ? say("decision.contact", { offer }) : say("decision.none");

/** The decision with its reason, and the figures behind it. */
export function decisionOf(decision) {
  return [
    element("p", {}, element("strong", {}, decisionInWords(decision))),
    element("p", {}, `${capital(decision.why)}.`),
    element("dl", { class: "pairs" },
      decision.contact ? row(say("decision.profit"), number(decision.expected_profit, 2)) : null,
      row(say("decision.effect"), say(`decision.effect.${decision.effect}`))),
  ];
}

const row = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
