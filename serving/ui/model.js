// The model: its figures, who challenges it, how true its probabilities are, its card, and what was decided.
import { ask } from "./api.js";
import { calibrationCurve } from "./calibration.js";
import { decisions } from "./decisions.js";
import { element } from "./dom.js";
import { figuresTable } from "./figures.js";
import { forget, modelFacts } from "./known.js";
import { ago, date, featureLabel, nameOf, percent, say } from "./language.js";
import { load } from "./notices.js";

const IN_THE_TABLE = ["figures", "calibration"];

/** Put the view into its section. */
export function showModel(section) {
  forget(); // another model may serve by now
  const [facts, history] = [element("div", {}), element("div", {})];
  section.replaceChildren(
    element("h1", { id: "model-title", tabindex: -1 }, say("model.title")), facts, card("history.title", history));
  load(facts, async () => told(await modelFacts()));
  load(history, async () => decisions(await ask("/history", {})));
}

function card(title, ...content) {
  const id = title.replace(".", "-");
  return element("section", { class: "card", "aria-labelledby": id }, element("h2", { id }, say(title)), content);
}

function told(facts) {
  const { card: { figures, calibration }, challenger, text } = facts;
  const paragraphs = text.filter(({ name }) => !IN_THE_TABLE.includes(name));
  const models = [[say("role.champion"), figures], ...(challenger ? [[say("role.challenger"), challenger.figures]] : [])];
  return [
    element("p", {}, origin("model.origin", facts)),
    challenger ? challenged(challenger) : null,
    element("div", { class: "cards two" },
      card(challenger ? "figures.both" : "figures.title", figuresTable(say("figures.caption"), models)),
      card("calibration.title", calibrationCurve(calibration))),
    card("card.title", paragraphs.map(({ heading, sentences }) => [
      element("h3", {}, heading), element("ul", {}, sentences.map((sentence) => element("li", {}, withCode(sentence))))]),
      columns(facts.card.data.features)),
  ];
}

// What the tables call the features, for those who work with the tables.
function columns(features) {
  return element("details", {},
    element("summary", {}, say("card.columns")),
    element("dl", { class: "facts" }, features.map((name) => element("div", {},
      element("dt", {}, featureLabel(name)), element("dd", {}, element("code", {}, name))))));
}

function origin(key, { model, arm: { sampler, classifier }, registered }) {
  const arm = `${nameOf("arm", classifier)}, ${nameOf("arm", sampler)}`;
  return say(key, { model, arm, date: date(registered), ago: ago(registered) });
}

function challenged(challenger) {
  const { mode, share, same_data: sameData } = challenger;
  return element("div", { class: "challenger" },
    element("p", {}, origin("challenger.origin", challenger)),
    element("p", {}, say(`challenger.${mode}`, { share: percent(share, 0, 1) })),
    sameData ? null : element("p", { class: "notice warning" }, say("challenger.other_data")));
}

// Sentences name commands between backticks.
const withCode = (sentence) => sentence.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
