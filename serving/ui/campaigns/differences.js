// Offered less held out, in percentage points: a line for the interval of each part of a campaign, and zero.
import { drawn, element } from "../shared/dom.js";
import { number, say } from "../shared/language.js";

const [WIDTH, SIDE, ROW, TOP] = [320, 14, 42, 8];
const STEPS = [1, 2, 5, 10, 20, 50];
const MOST_STEPS = 6;

/** A picture of the parts that have a difference; the first is the whole. */
export function differences(parts) {
  const { low, high, step } = scale(parts.flatMap(({ churn: { difference: { value, low: from, high: to } } }) => [value, from ?? value, to ?? value]));
  const x = (points) => SIDE + ((points - low) / (high - low)) * (WIDTH - 2 * SIDE);
  const bottom = TOP + parts.length * ROW;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, at) => low + at * step);
  return element(
    "figure", {},
    drawn(
      "svg", { class: "curve differences", viewBox: `0 0 ${WIDTH} ${bottom + 42}`, role: "img", "aria-label": say("readout.alt", { difference: number(100 * parts[0].churn.difference.value, 1) }) },
      ticks.map((points) => [
        drawn("line", { class: points === 0 ? "zero" : "grid", x1: x(points), x2: x(points), y1: TOP, y2: bottom }),
        drawn("text", { x: x(points), y: bottom + 16, "text-anchor": "middle" }, number(points)),
      ]),
      parts.map((part, at) => line(part, x, TOP + at * ROW)),
      drawn("text", { x: WIDTH / 2, y: bottom + 36, "text-anchor": "middle" }, say("readout.axis")),
    ),
    element("figcaption", { class: "small" }, say("readout.how")),
  );
}

function line({ label, churn: { difference: { value, low, high } } }, x, top) {
  const y = top + 28;
  const known = low !== null;
  return [
    drawn("text", { x: SIDE, y: top + 14 }, label),
    known ? drawn("line", { class: "interval", x1: x(100 * low), x2: x(100 * high), y1: y, y2: y }) : null,
    drawn("circle", { class: known ? "observed" : "unsure", cx: x(100 * value), cy: y, r: 5 }),
  ];
}

// Whole steps around all values and zero, in points.
function scale(shares) {
  const [least, most] = [Math.min(0, ...shares) * 100, Math.max(0, ...shares) * 100];
  const step = STEPS.find((each) => Math.ceil(most / each) - Math.floor(least / each) <= MOST_STEPS) ?? STEPS.at(-1);
  const [low, high] = [Math.floor(least / step) * step, Math.ceil(most / step) * step];
  return { low, high: high === low ? low + step : high, step };
}
