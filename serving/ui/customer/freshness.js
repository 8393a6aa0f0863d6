// How old what is known of a customer is, what is not known, and how old what the model learned from is.
import { now } from "../shared/clock.js";
import { element } from "../shared/dom.js";
import { ago, date, labelOf, nameOf, percent, say } from "../shared/language.js";

export function freshness({ features, unknown_share: unknownShare, learned_until: learned }, asOf) {
  const rows = Object.entries(features.views).map(([view, state]) => row(view, state, asOf));
  return [
    element("ul", { class: "freshness" }, rows),
    asOf ? element("p", { class: "small" }, say("fresh.as_of", { date: date(asOf) })) : null,
    learned ? element("p", { class: "small" }, say("fresh.learned", { date: date(learned), ago: ago(learned, asOf ?? undefined) })) : null,
    missing("fresh.missing", features.missing),
    missing("fresh.null", features.null),
    missing("fresh.expired", features.expired),
    unknownShare ? element("p", { class: "small" }, say("fresh.unknown", { share: percent(unknownShare) })) : null,
  ];
}

function row(view, { event_timestamp: moment, fresh }, asOf) {
  const state = stateOf(moment, fresh, asOf);
  return element(
    "li", { class: state },
    element("span", { class: "mark", "aria-hidden": "true" }, { fresh: "✓", stale: "!", future: "!", none: "–" }[state]),
    element("span", {}, element("strong", {}, labelOf("view", view)), ` · ${say(`fresh.state.${state}`)}`,
      moment === null ? null : element("span", { class: "small block" }, say("fresh.since", { date: date(moment), ago: ago(moment, asOf ?? undefined) }))),
  );
}

function stateOf(moment, fresh, asOf) {
  if (moment === null) return "none";
  if (fresh) return "fresh";
  return Date.parse(moment) > (asOf ? Date.parse(asOf) : now()) ? "future" : "stale";
}

function missing(key, names) {
  if (names.length === 0) return null;
  return element("p", { class: "small" }, say(key, { features: names.map((name) => nameOf("feature", name)).join(", ") }));
}
