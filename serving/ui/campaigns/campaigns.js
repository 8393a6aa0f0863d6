// Campaigns: what was planned for whom, and how those came out that were read out.
import { ask } from "../shared/api.js";
import { element } from "../shared/dom.js";
import { capital, date, language, number, percent, say } from "../shared/language.js";
import { empty, load } from "../shared/notices.js";
import { readoutOf } from "./readout.js";

const DAY = 86_400_000;
const ARMS = ["offer", "holdout", "control"];

/** Put the view into its section. */
export function showCampaigns(section) {
  const place = element("div", {});
  section.replaceChildren(element("h1", { id: "campaigns-title", tabindex: -1 }, say("campaigns.title")), place);
  load(place, async () => {
    const { campaigns, unreadable } = await ask("/campaigns", { language: language() });
    if (campaigns.length + unreadable.length === 0) return empty(say("campaigns.none"));
    return [unreadable.map(notice), campaigns.map(card)];
  });
}

function notice({ name, message }) {
  return element(
    "div", { class: "notice warning" },
    element("p", {}, say("campaigns.unreadable", { name })),
    element("details", {}, element("summary", {}, say("error.details")), element("p", { class: "small", lang: "en" }, message)));
}

function card(campaign, position) {
  const title = `campaign-${position}`;
  return element(
    "article", { class: "card campaign", "aria-labelledby": title },
    element("h2", { id: title }, campaign.name, " ", element("span", { class: "state" }, say(`campaign.state.${campaign.state}`))),
    element("p", {}, say("campaign.dates", { from: date(campaign.starts), to: date(Date.parse(campaign.ends) - DAY) })),
    element("div", { class: "cards two" },
      element("dl", { class: "pairs" }, whom(campaign)), element("dl", { class: "pairs" }, expected(campaign))),
    campaign.readout ? readoutOf(campaign.readout) : null,
  );
}

const whom = ({ customers, offers }) => [
  ...ARMS.map((arm) => row(say(`campaign.customers.${arm}`), number(customers[arm] ?? 0))),
  ...offers.map(({ name, customers: many }) => row(say("campaign.offer", { offer: name }), number(many))),
];

const expected = ({ budget, expected_cost: cost, expected_profit: profit, effects, churn, expected_fall: fall, smallest_fall: smallest }) => [
  row(say("campaign.budget"), number(budget)),
  row(say("campaign.cost"), number(cost)),
  row(say("campaign.profit"), number(profit)),
  row(say("decision.effect"), say(`decision.effect.${effects}`)),
  row(say("campaign.fall"), say("campaign.fall.value", { fall: percent(fall, 1), churn: percent(churn, 1) })),
  row(say("campaign.sees"), smallest === null ? capital(say("campaign.sees.none")) : percent(smallest, 1)),
];

const row = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
