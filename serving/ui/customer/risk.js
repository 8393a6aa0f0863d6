// The risk as a picture: a scale with the bands' edges, the base's churn rate and the customer's place.
import { drawn, element } from "../shared/dom.js";
import { percent, say } from "../shared/language.js";

const WIDTH = 600;
const [LEFT, RIGHT, TOP, HEIGHT] = [14, 586, 44, 20];
const BANDS = ["low", "medium", "high"];
const at = (share) => LEFT + share * (RIGHT - LEFT);

/** A figure for a probability, with the same in words. */
export function riskPicture(probability, served) {
  const { medium, high } = served.bands;
  const churn = served.card.data.churn_rate;
  const words = say("risk.alt", {
    share: percent(probability, 1), churn: percent(churn, 1), medium: percent(medium), high: percent(high),
  });
  const edges = [0, medium, high, 1];
  return element(
    "figure", { class: "risk" },
    drawn(
      "svg", { viewBox: `0 0 ${WIDTH} 112`, role: "img", "aria-label": words },
      BANDS.map((band, number) => bandOf(band, edges[number], edges[number + 1])),
      [0, medium, high, 1].map((edge) => drawn("text", { x: at(edge), y: 84, "text-anchor": edge === 0 ? "start" : edge === 1 ? "end" : "middle" }, percent(edge))),
      drawn("line", { class: "usual", x1: at(churn), x2: at(churn), y1: TOP - 6, y2: TOP + HEIGHT + 6 }),
      drawn("path", { class: "pointer", d: `M${at(probability)} ${TOP + 5}l-9 -15h18z` }),
      drawn("text", { class: "figure", x: Math.min(Math.max(at(probability), 44), WIDTH - 44), y: 22, "text-anchor": "middle" }, percent(probability, 1)),
    ),
    element("figcaption", { class: "small" }, element("span", { class: "usual-key", "aria-hidden": "true" }), say("risk.usual", { churn: percent(churn, 1) })),
  );
}

function bandOf(band, from, to) {
  const name = say(`band.${band}`);
  const middle = (at(from) + at(to)) / 2;
  return drawn(
    "g", {},
    drawn("rect", { class: `fill-${band}`, x: at(from) + 1, y: TOP, width: at(to) - at(from) - 2, height: HEIGHT }),
    drawn("text", { class: "name", x: middle, y: 106, "text-anchor": "middle" }, name),
  );
}
