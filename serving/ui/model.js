// The model: its figures, how true its probabilities are, its card in words, and which models were champion.
import { ask } from "./api.js";
import { calibrationCurve } from "./calibration.js";
import { element } from "./dom.js";
import { ago, date, number, percent, say } from "./language.js";
import { modelFacts } from "./known.js";
import { empty, load } from "./notices.js";

const SHARES = ["precision", "recall", "contact_share"];
const IN_THE_TABLE = ["figures", "calibration"];

/** Put the view into its section. */
export function showModel(section) {
  const card = element("div", {});
  const history = element("div", {});
  section.replaceChildren(
    element("h1", { id: "model-title", tabindex: -1 }, say("model.title")), card,
    element("section", { class: "card", "aria-labelledby": "history-title" },
      element("h2", { id: "history-title" }, say("history.title")), history),
  );
  load(card, async () => told(await modelFacts()));
  load(history, async () => champions(await ask("/history", {})));
}

function told(facts) {
  const paragraphs = facts.text.filter(({ name }) => !IN_THE_TABLE.includes(name));
  return [
    element("p", {}, say("model.origin", { model: facts.model, date: date(facts.registered), ago: ago(facts.registered) })),
    element("div", { class: "cards two" },
      element("section", { class: "card", "aria-labelledby": "figures-title" },
        element("h2", { id: "figures-title" }, say("figures.title")), figures(facts.card.figures)),
      element("section", { class: "card", "aria-labelledby": "calibration-title" },
        element("h2", { id: "calibration-title" }, say("calibration.title")), calibrationCurve(facts.card.calibration))),
    element("section", { class: "card", "aria-labelledby": "card-title" },
      element("h2", { id: "card-title" }, say("card.title")),
      paragraphs.map(({ heading, sentences }) => [
        element("h3", {}, heading), element("ul", {}, sentences.map((sentence) => element("li", {}, withCode(sentence))))])),
  ];
}

// Sentences name commands between backticks.
const withCode = (sentence) => sentence.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));

function figures(found) {
  const written = (name) => (value) => (SHARES.includes(name) ? percent(value, 1) : number(value, name === "profit_per_customer" ? 2 : 3));
  return element(
    "table", {},
    element("caption", {}, say("figures.caption")),
    element("thead", {}, element("tr", {}, ["name", "value", "interval"].map((key) =>
      element("th", { scope: "col", class: key !== "name" && "number" }, say(`figures.${key}`))))),
    element("tbody", {}, Object.entries(found).map(([name, { estimate, low, high }]) => element("tr", {},
      element("th", { scope: "row" }, say(`figure.${name}`)),
      element("td", { class: "number" }, written(name)(estimate)),
      element("td", { class: "number" }, low === null ? "–" : `${written(name)(low)} – ${written(name)(high)}`)))),
  );
}

function champions({ champions: made, served }) {
  if (made.length === 0) return empty(say("history.none"));
  return element("ol", { class: "history" }, made.map((each) => element("li", {},
    element("p", {}, element("strong", {}, say(`history.${each.action}`, { tag: each.tag })),
      each.tag === served ? element("span", { class: "served" }, say("history.served")) : null),
    element("p", {}, each.why),
    element("p", { class: "small" }, say("history.who", { who: each.who, date: date(each.when), ago: ago(each.when) })))));
}
