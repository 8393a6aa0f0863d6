// How true probabilities are: predicted against observed, on customers that the model had not seen.
import { drawn, element } from "../shared/dom.js";
import { number, percent, say } from "../shared/language.js";

const [SIZE, LEFT, BOTTOM, TOP] = [320, 62, 276, 10];
const SPAN = BOTTOM - TOP;
const x = (share) => LEFT + share * SPAN;
const y = (share) => BOTTOM - share * SPAN;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export function calibrationCurve({ bins, ece_after: error }) {
  const most = Math.max(...bins.map((bin) => bin.rows));
  return [
    element(
      "figure", {},
      drawn(
        "svg", { class: "curve", viewBox: `0 0 ${LEFT + SPAN + 22} ${SIZE}`, role: "img", "aria-label": say("calibration.alt", { error: percent(error, 1) }) },
        TICKS.map(grid),
        drawn("line", { class: "ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
        drawn("polyline", { class: "observed", points: bins.map((bin) => `${x(bin.mean_probability)},${y(bin.churn_rate)}`).join(" ") }),
        bins.map((bin) => drawn("circle", { class: "observed", cx: x(bin.mean_probability), cy: y(bin.churn_rate), r: 3 + 4 * Math.sqrt(bin.rows / most) })),
        drawn("text", { x: LEFT + SPAN / 2, y: SIZE - 6, "text-anchor": "middle" }, say("calibration.predicted")),
        drawn("text", { x: -(TOP + SPAN / 2), y: 11, transform: "rotate(-90)", "text-anchor": "middle" }, say("calibration.observed")),
      ),
      element("figcaption", { class: "small" }, say("calibration.how", { error: percent(error, 1) })),
    ),
    element("details", {}, element("summary", {}, say("calibration.table")), table(bins)),
  ];
}

function grid(share) {
  return [
    drawn("line", { class: "grid", x1: x(0), x2: x(1), y1: y(share), y2: y(share) }),
    drawn("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)),
    drawn("text", { x: x(share), y: BOTTOM + 16, "text-anchor": "middle" }, percent(share)),
  ];
}

function table(bins) {
  return element(
    "table", {},
    element("caption", { class: "unseen" }, say("calibration.title")),
    element("thead", {}, element("tr", {}, ["predicted", "observed", "rows"].map((key) =>
      element("th", { scope: "col", class: "number" }, say(`calibration.${key}`))))),
    element("tbody", {}, bins.map((bin) => element("tr", {},
      element("td", { class: "number" }, percent(bin.mean_probability, 1)),
      element("td", { class: "number" }, percent(bin.churn_rate, 1)),
      element("td", { class: "number" }, number(bin.rows))))),
  );
}
