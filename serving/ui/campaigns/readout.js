// How a campaign came out: the verdict, what speaks against it, and the difference in every part of it.
import { element } from "../shared/dom.js";
import { capital, date, number, percent, say } from "../shared/language.js";
import { differences } from "./differences.js";

/** The readout of a campaign. */
export function readoutOf(readout) {
  const { verdict_text: verdict, until, data_until: data, churn, kept, profit, cost, segments, offers, warnings } = readout;
  const parts = [{ label: say("readout.all"), churn, verdict_text: verdict }, ...segments, ...offers].filter((part) => part.churn);
  return [
    element("h3", {}, say("readout.title")),
    element("p", {}, element("strong", {}, `${capital(verdict)}.`), " ", say("readout.judged", { until: date(until), data: date(data) })),
    warnings.length ? element("div", { class: "notice warning" },
      element("p", {}, say("readout.warnings")), element("ul", {}, warnings.map((each) => element("li", {}, `${capital(each)}.`)))) : null,
    element("div", { class: "cards two" },
      element("dl", { class: "pairs" },
        row(say("readout.difference"), churn && points(churn.difference)),
        row(say("readout.kept"), kept && amount(kept)),
        row(say("readout.profit"), profit && amount(profit)),
        row(say("readout.cost"), number(cost))),
      parts.length ? differences(parts) : null),
    parts.length ? element("details", {}, element("summary", {}, say("calibration.table")), table(parts)) : null,
  ];
}

function row(name, value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value ?? "–"));
}

function withInterval({ value, low, high }, write) {
  const interval = low === null ? say("readout.too_few") : say("figures.interval", { low: write(low), high: write(high) });
  return [write(value), element("span", { class: "block small" }, interval)];
}

const amount = (figure) => withInterval(figure, (value) => number(value));
const points = (figure) => withInterval(figure, (value) => number(100 * value, 1));

function table(parts) {
  const headings = ["offered", "held_out", "difference"].map((key) =>
    element("th", { scope: "col", class: "number" }, say(`readout.column.${key}`)));
  return element(
    "table", { class: "figures" },
    element("caption", { class: "small" }, say("readout.caption")),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("readout.column.part")), headings)),
    element("tbody", {}, parts.map(tableRow)),
  );
}

function tableRow({ label, churn, verdict_text: verdict }) {
  const left = (share, customers) => element("td", { class: "number" }, percent(share, 1),
    element("span", { class: "block small" }, say("readout.of", { customers: number(customers) })));
  return element(
    "tr", {},
    element("th", { scope: "row" }, label, element("span", { class: "block small" }, verdict)),
    left(churn.offered, churn.offered_customers),
    left(churn.held_out, churn.held_out_customers),
    element("td", { class: "number" }, points(churn.difference)),
  );
}
