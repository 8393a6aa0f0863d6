// Reasons: bars to the left lower the risk, bars to the right raise it; each with its sentence.
import { drawn, element } from "./dom.js";
import { number, say } from "./language.js";
import { empty } from "./notices.js";

const [WIDTH, HEIGHT, MIDDLE] = [200, 14, 100];

export function reasonBars(reasons) {
  if (!reasons?.length) return empty(say("reasons.none"));
  const most = Math.max(...reasons.map((reason) => Math.abs(reason.points)), 0.1);
  return [
    element("p", { class: "small" }, say("reasons.how")),
    element("ul", { class: "reasons" }, reasons.map((reason) => row(reason, most))),
  ];
}

function row({ text, points }, most) {
  const length = (Math.abs(points) / most) * (MIDDLE - 4);
  const raises = points > 0;
  const sign = raises ? "▲ +" : points < 0 ? "▼ −" : "";
  return element(
    "li", {},
    element("p", { class: "said" }, text[0].toUpperCase() + text.slice(1)),
    element(
      "div", { class: "bar", "aria-hidden": "true" },
      drawn(
        "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
        drawn("rect", { class: raises ? "raises" : "lowers", x: raises ? MIDDLE : MIDDLE - length, y: 2, width: length, height: HEIGHT - 4 }),
        drawn("line", { class: "axis", x1: MIDDLE, x2: MIDDLE, y1: 0, y2: HEIGHT }),
      ),
      element("span", { class: "points" }, `${sign}${number(Math.abs(points), 1)}`),
    ),
  );
}
