// Reasons: bars to the left lower the risk, bars to the right raise it; each with its sentence.
import { drawn, element } from "../shared/dom.js";
import { capital, number, say } from "../shared/language.js";
import { empty } from "../shared/notices.js";

const [WIDTH, HEIGHT, MARGIN] = [200, 14, 2];

export function reasonBars(reasons) {
  if (!reasons?.length) return empty(say("reasons.none"));
  const points = reasons.map((reason) => reason.points);
  const [lowest, highest] = [Math.min(...points, 0), Math.max(...points, 0.1)];
  const at = (value) => MARGIN + ((value - lowest) / (highest - lowest)) * (WIDTH - 2 * MARGIN);
  return [
    element("p", { class: "small" }, say("reasons.how")),
    element("ul", { class: "reasons" }, reasons.map((reason) => row(reason, at))),
  ];
}

function row({ text, points }, at) {
  const raises = points > 0;
  const sign = raises ? "▲ +" : points < 0 ? "▼ −" : "";
  return element(
    "li", {},
    element("p", { class: "said" }, capital(text)),
    element(
      "div", { class: "bar", "aria-hidden": "true" },
      drawn(
        "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
        drawn("rect", { class: raises ? "raises" : "lowers", x: at(Math.min(points, 0)), y: 2, width: at(Math.max(points, 0)) - at(Math.min(points, 0)), height: HEIGHT - 4 }),
        drawn("line", { class: "axis", x1: at(0), x2: at(0), y1: 0, y2: HEIGHT }),
      ),
      element("span", { class: "points" }, `${sign}${number(Math.abs(points), 1)}`),
    ),
  );
}
