// What-if: other values for a customer, and what the model would say then.
import { tieAddOns } from "./add_ons.js";
import { ask } from "../shared/api.js";
import { announce, element, newId } from "../shared/dom.js";
import { featureValue, isFlag, labelOf, language, number, percent, say } from "../shared/language.js";
import { failure, waiting } from "../shared/notices.js";

const FIRST = ["Contract", "MonthlyCharges", "InternetService", "TechSupport", "OnlineSecurity", "PaperlessBilling", "PaymentMethod"];
const SHORT = 14; // characters of a value that half a row has room for

/** Controls for what may be changed, filled with what the customer has, and the answer below them. */
export function whatIf(score, served) {
  const changeable = served.changeable.filter((each) => each.feature in score.values);
  if (changeable.length === 0) return element("p", {}, say("what_if.none"));
  const first = changeable.filter((each) => FIRST.includes(each.feature));
  first.sort((a, b) => FIRST.indexOf(a.feature) - FIRST.indexOf(b.feature));
  const others = changeable.filter((each) => !FIRST.includes(each.feature));
  const answer = element("div", { class: "answer" });
  const fields = new Map();
  const controls = (some) => element("div", { class: "controls" }, some.map((each) => control(each, score.values[each.feature], fields)));
  const form = element(
    "form", { class: "what-if", novalidate: true },
    element("p", { class: "small" }, say("what_if.how")),
    controls(first),
    others.length ? element("details", {}, element("summary", {}, say("what_if.more")), controls(others)) : null,
    element("p", { class: "buttons" }, element("button", { class: "main" }, say("what_if.ask")),
      element("button", { type: "reset" }, say("what_if.reset"))),
  );
  const lockAddOns = tieAddOns(fields);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    compare(score.customerID, changesOf(fields), answer);
  });
  form.addEventListener("reset", () => {
    answer.replaceChildren();
    setTimeout(lockAddOns); // the fields have their values back only then
  });
  return [form, answer];
}

function control(changeable, now, fields) {
  const { feature } = changeable;
  const id = newId("what-if");
  const options = optionsOf(changeable);
  const made = options ? chooser(id, feature, options, now) : numberField(id, changeable, now);
  fields.set(feature, { field: made, start: made.value, numeric: !changeable.values });
  const long = options?.some((value) => featureValue(value, feature).length > SHORT);
  return element("div", { class: long && "whole-row" }, element("label", { for: id, title: feature }, labelOf("feature", feature)), made);
}

const optionsOf = ({ feature, values }) => values ?? (isFlag(feature) ? [0, 1] : null);

function chooser(id, feature, options, now) {
  return element("select", { id, name: feature },
    now === null ? element("option", { value: "", selected: true }, say("unknown")) : null,
    options.map((value) => element("option", { value, selected: value === now }, featureValue(value, feature))));
}

function numberField(id, { feature, minimum, maximum, whole }, now) {
  const value = now === null ? "" : whole ? now : now.toFixed(2);
  return element("input", { id, name: feature, type: "number", min: minimum, max: maximum, step: whole ? 1 : 0.01, value });
}

function changesOf(fields) {
  const changes = {};
  for (const [feature, { field, start, numeric }] of fields) {
    if (field.value !== start && field.value !== "") changes[feature] = numeric ? Number(field.value) : field.value;
  }
  return changes;
}

async function compare(customerID, changes, answer) {
  if (Object.keys(changes).length === 0) {
    answer.replaceChildren(element("p", { class: "notice empty" }, say("what_if.nothing")));
    announce(say("what_if.nothing"));
    return;
  }
  answer.replaceChildren(waiting());
  try {
    const compared = await ask("/what_if", { customerID, changes, language: language() });
    answer.replaceChildren(...comparison(compared));
  } catch (error) {
    answer.replaceChildren(failure(error, error.status === 422 ? null : () => compare(customerID, changes, answer)));
  }
}

function comparison({ before, after, difference_points: points, changes, note }) {
  const rounded = Number(points.toFixed(1));
  const key = rounded > 0 ? "what_if.up" : rounded < 0 ? "what_if.down" : "what_if.same";
  const verdict = say(key, { before: percent(before.probability, 1), after: percent(after.probability, 1), points: number(Math.abs(rounded), 1) });
  announce(verdict);
  return [
    element("p", { class: "verdict" }, element("span", { class: `band ${after.band}` }, say(`band.${after.band}`)), ` ${verdict}`),
    element("ul", { class: "small" }, changes.map(({ feature, before: was, after: is }) => element("li", {},
      `${labelOf("feature", feature)}: ${featureValue(was, feature)} → ${featureValue(is, feature)}`))),
    element("p", { class: "small" }, note),
  ];
}
