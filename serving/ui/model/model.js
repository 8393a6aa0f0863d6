// The model: its figures, who challenges it, how true its probabilities are, its card, and what was decided.
import { ask } from "../shared/api.js";
import { calibrationCurve } from "./calibration.js";
import { decisions } from "./decisions.js";
import { element } from "../shared/dom.js";
import { figuresTable } from "./figures.js";
import { forget, servedModel } from "../shared/served_model.js";
import { ago, armName, date, labelOf, percent, say } from "../shared/language.js";
import { load } from "../shared/notices.js";

const IN_CARDS_OF_THEIR_OWN = ["figures", "calibration"];

/** Put the view into its section. */
export function showModel(section) {
  forget(); // another model may serve by now
  const [model, history] = [element("div", {}), element("div", {})];
  section.replaceChildren(
    element("h1", { id: "model-title", tabindex: -1 }, say("model.title")), model, card("history.title", history));
  load(model, async () => modelCards(await servedModel()));
  load(history, async () => decisions(await ask("/history", {})));
}

function card(title, ...content) {
  const id = title.replace(".", "-");
  return element("section", { class: "card", "aria-labelledby": id }, element("h2", { id }, say(title)), content);
}

function modelCards(served) {
  const { card: { figures, calibration }, challenger, text } = served;
  const paragraphs = text.filter(({ name }) => !IN_CARDS_OF_THEIR_OWN.includes(name));
  const models = [[say("role.champion"), figures], ...(challenger ? [[say("role.challenger"), challenger.figures]] : [])];
  return [
    element("p", {}, origin("model.origin", served)),
    challenger ? challengerNote(challenger) : null,
    element("div", { class: "cards two" },
      card(challenger ? "figures.both" : "figures.title", figuresTable(say("figures.caption"), models)),
      card("calibration.title", calibrationCurve(calibration))),
    card("card.title", paragraphs.map(({ heading, sentences }) => [
      element("h3", {}, heading), element("ul", {}, sentences.map((sentence) => element("li", {}, withCode(sentence))))]),
      columns(served.card.data.features)),
  ];
}

// What the tables call the features, for those who work with the tables.
function columns(features) {
  return element("details", {},
    element("summary", {}, say("card.columns")),
    element("dl", { class: "pairs" }, features.map((feature) => element("div", {},
      element("dt", {}, labelOf("feature", feature)), element("dd", {}, element("code", {}, feature))))));
}

function origin(key, { model, arm, registered }) {
  return say(key, { model, arm: armName(arm), date: date(registered), ago: ago(registered) });
}

function challengerNote(challenger) {
  const { mode, share, same_data: sameData } = challenger;
  return element("div", { class: "challenger" },
    element("p", {}, origin("challenger.origin", challenger)),
    element("p", {}, say(`challenger.${mode}`, { share: percent(share, 0, 1) })),
    sameData ? null : element("p", { class: "notice warning" }, say("challenger.other_data")));
}

// Sentences name commands between backticks.
const withCode = (sentence) => sentence.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
