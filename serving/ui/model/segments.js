// The segments of the model, side by side: how large, how many leave, what sets them apart.
import { element } from "../shared/dom.js";
import { forget, servedSegments } from "../shared/served_model.js";
import { featureValue, labelOf, number, percent, say } from "../shared/language.js";
import { empty, load } from "../shared/notices.js";

const NUMBERS = ["tenure", "MonthlyCharges", "numTechTickets", "numAdminTickets"];
const CATEGORIES = ["Contract", "InternetService", "PaymentMethod", "TechSupport", "Partner"];

/** Put the view into its section. */
export function showSegments(section) {
  const place = element("div", {});
  forget(); // another model may serve by now
  section.replaceChildren(element("h1", { id: "segments-title", tabindex: -1 }, say("segments.title")), place);
  load(place, async () => {
    const { segments } = await servedSegments();
    const profiled = segments.filter(({ profile }) => profile.rows);
    if (profiled.length === 0) return empty(say("segments.none"));
    return [
      element("p", {}, say("segments.how")),
      element("div", { class: "cards" }, profiled.map((each) => card(each, profiled))),
    ];
  });
}

function card({ id, label, profile, offers }, all) {
  const most = Math.max(...all.map((each) => each.profile.churn_rate));
  const title = `segment-${id}`;
  return element(
    "article", { class: "card", "aria-labelledby": title },
    element("h2", { id: title }, label),
    element("dl", { class: "pairs" },
      row(say("segments.size"), say("segments.size.value", { rows: number(profile.rows), share: percent(profile.share) })),
      row(say("segments.churn"), percent(profile.churn_rate, 1), profile.churn_rate / most),
      NUMBERS.filter((name) => name in (profile.means ?? {})).map((name) =>
        row(say("segments.mean", { feature: labelOf("feature", name) }), number(profile.means[name], 1)))),
    offers ? allowed(offers) : null,
    CATEGORIES.filter((name) => name in (profile.shares ?? {})).map((name) => shares(name, profile.shares[name])),
  );
}

function allowed(offers) {
  const names = offers.map(({ name }) => element("li", {}, name));
  return element("section", {},
    element("h3", {}, say("segments.offers")),
    names.length ? element("ul", {}, names) : element("p", {}, say("segments.offers.none")));
}

function row(name, value, part = null) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value,
    part === null ? null : element("meter", { value: part, "aria-hidden": "true" })));
}

function shares(name, parts) {
  const ordered = Object.entries(parts).sort(([, a], [, b]) => b - a);
  return element("section", {},
    element("h3", {}, labelOf("feature", name)),
    element("ul", { class: "shares" }, ordered.map(([value, share]) =>
      element("li", {}, element("span", {}, featureValue(value, name)), element("span", { class: "number" }, percent(share)),
        element("meter", { value: share, "aria-hidden": "true" })))));
}
