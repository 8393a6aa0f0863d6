// Figures of one model, or of two side by side, each with its interval.
import { element } from "../shared/dom.js";
import { labelOf, number, percent, say } from "../shared/language.js";

const SHARES = ["precision", "recall", "contact_share"];

/** A table of figures: `models` are pairs of a heading and its figures. */
export function figuresTable(caption, models) {
  const names = Object.keys(models[0][1]);
  return element(
    "table", { class: "figures" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("figures.name")),
      models.map(([heading]) => element("th", { scope: "col", class: "number" }, heading)))),
    element("tbody", {}, names.map((name) => element("tr", {},
      element("th", { scope: "row" }, labelOf("metric", name)),
      models.map(([, figures]) => cell(name, figures[name]))))),
  );
}

function cell(name, { estimate, low, high }) {
  return element("td", { class: "number" }, figureText(name, estimate),
    element("span", { class: "block small" }, low === null ? "–" : say("figures.interval", { low: figureText(name, low), high: figureText(name, high) })));
}

function figureText(name, value) {
  if (SHARES.includes(name)) return percent(value, 1);
  return number(value, name === "profit_per_customer" ? 2 : 3);
}
