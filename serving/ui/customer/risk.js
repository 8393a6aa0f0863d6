// The risk as a picture: a scale with the bands, the threshold, the base's churn rate and the customer's place.
import { drawn, element } from "../shared/dom.js";
import { percent, say } from "../shared/language.js";

const WIDTH = 600;
const [LEFT, RIGHT, TOP, HEIGHT] = [14, 586, 44, 20];
const BANDS = ["low", "medium", "high"];
const at = (share) => LEFT + share * (RIGHT - LEFT);

const SIGN = 13; // width of a sign on a narrow screen, where signs are largest

/** A figure for a probability, with the same in words; without a threshold nobody is contacted. */
export function riskPicture(probability, served, threshold) {
  const { medium, high } = served.bands;
  const churn = served.card.data.churn_rate;
  const words = say("risk.alt", {
    share: percent(probability, 1), churn: percent(churn, 1), medium: percent(medium), high: percent(high),
  });
  const rule = threshold === null ? say("risk.no_threshold") : say("risk.threshold", { threshold: percent(threshold, 0, 1) });
  const edges = [0, medium, high, 1];
  return element(
    "figure", { class: "risk" },
    drawn(
      "svg", { viewBox: `0 0 ${WIDTH} 112`, role: "img", "aria-label": `${words} ${rule}` },
      BANDS.map((band, number) => bandOf(band, edges[number], edges[number + 1])),
      apart([0, 1, high, medium]).map((edge) => drawn("text", { x: at(edge), y: 84, "text-anchor": edge === 0 ? "start" : edge === 1 ? "end" : "middle" }, percent(edge))),
      threshold === null ? null : drawn("line", { class: "threshold", x1: at(threshold), x2: at(threshold), y1: TOP - 10, y2: TOP + HEIGHT + 6 }),
      drawn("line", { class: "usual", x1: at(churn), x2: at(churn), y1: TOP - 6, y2: TOP + HEIGHT + 6 }),
      drawn("path", { class: "pointer", d: `M${at(probability)} ${TOP + 5}l-9 -15h18z` }),
      drawn("text", { class: "figure", x: Math.min(Math.max(at(probability), 44), WIDTH - 44), y: 22, "text-anchor": "middle" }, percent(probability, 1)),
    ),
    element("figcaption", { class: "small" }, element("span", { class: "usual-key", "aria-hidden": "true" }), say("risk.usual", { churn: percent(churn, 1) })),
    element("p", { class: "small" }, threshold === null ? null : element("span", { class: "threshold-key", "aria-hidden": "true" }), rule),
  );
}

/** The edges whose figures do not run into those before them. */
function apart(edges) {
  const kept = [];
  for (const edge of edges) if (kept.every((other) => Math.abs(at(edge) - at(other)) > 4 * SIGN)) kept.push(edge);
  return kept;
}

function bandOf(band, from, to) {
  const name = say(`band.${band}`);
  const room = at(to) - at(from) > name.length * SIGN;
  const middle = (at(from) + at(to)) / 2;
  return drawn(
    "g", {},
    drawn("rect", { class: `fill-${band}`, x: at(from) + 1, y: TOP, width: at(to) - at(from) - 2, height: HEIGHT }),
    room ? drawn("text", { class: "name", x: middle, y: 106, "text-anchor": "middle" }, name) : null,
  );
}
