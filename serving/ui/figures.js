// Figures of one model, or of two side by side, each with its interval.
import { element } from "./dom.js";
import { number, percent, say } from "./language.js";

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
      element("th", { scope: "row" }, say(`figure.${name}`)),
      models.map(([, figures]) => cell(name, figures[name]))))),
  );
}

function cell(name, { estimate, low, high }) {
  return element("td", { class: "number" }, written(name, estimate),
    element("span", { class: "block small" }, low === null ? "–" : say("figures.interval", { low: written(name, low), high: written(name, high) })));
}

function written(name, value) {
  if (SHARES.includes(name)) return percent(value, 1);
  return number(value, name === "profit_per_customer" ? 2 : 3);
}
