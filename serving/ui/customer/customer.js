// The view of one customer: looked up by customerID, with risk, reasons, freshness and what-ifs.
import { ask } from "../shared/api.js";
import { announce, element } from "../shared/dom.js";
import { decisionInWords, decisionOf } from "./decision.js";
import { freshness } from "./freshness.js";
import { segmentLabel, servedModel, servedModelOf } from "../shared/served_model.js";
import { featureValue, labelOf, language, percent, say } from "../shared/language.js";
import { failure, waiting } from "../shared/notices.js";
import { reasonBars } from "./reasons.js";
import { riskPicture } from "./risk.js";
import { whatIf } from "../what_if/what_if.js";

const PROFILE = ["Contract", "tenure", "MonthlyCharges"];
let wanted = "";
let pending = false;
let newest = 0; // number of the newest look-up; the answers of older ones are dropped

/** Put the view into its section, unless it is there: what was tried out stays until somebody else is looked up. */
export function showCustomer(section, isThere) {
  if (isThere && !pending) return;
  pending = false;
  const field = element("input", {
    id: "customer-id", name: "customer", value: wanted, required: true, maxlength: 64,
    autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "aria-describedby": "customer-hint",
  });
  const result = element("div", { id: "customer-result" });
  const form = element(
    "form", { class: "lookup", role: "search" },
    element("label", { for: "customer-id" }, say("customer.field")),
    element("div", { class: "row" }, field, element("button", { class: "main" }, say("customer.look"))),
    element("p", { id: "customer-hint", class: "small" }, say("customer.hint")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    wanted = field.value.trim();
    if (wanted) look(result);
  });
  section.replaceChildren(element("h1", { id: "customer-title", tabindex: -1 }, say("customer.title")), form, result);
  if (wanted) look(result);
  else result.append(element("p", {}, element("a", { href: "#list" }, say("customer.list"))));
}

/** Look a customer up from elsewhere on the page. */
export function lookUp(customerID) {
  wanted = customerID;
  pending = true;
  location.hash = "customer";
}

async function look(result) {
  const request = (newest += 1);
  const customerID = wanted;
  result.replaceChildren(waiting());
  try {
    const body = { customerID, reasons: 6, values: true, language: language() };
    const [score] = await Promise.all([ask("/score", body), servedModel()]);
    const [served, segment] = [await servedModelOf(score), await segmentLabel(score.segment)];
    if (request === newest) result.replaceChildren(...cards(score, served, segment));
  } catch (error) {
    if (request === newest) result.replaceChildren(failure(error, () => look(result)));
  }
}

function cards(score, served, segment) {
  const verdict = say("risk.sentence", { share: percent(score.probability, 1) });
  announce(`${score.customerID}: ${verdict} ${say(`band.${score.band}`)}. ${decisionInWords(score.decision)}`);
  return [
    element(
      "article", { class: "card about", "aria-labelledby": "risk-title" },
      element("div", {},
        element("h2", { id: "risk-title" }, score.customerID),
        element("p", { class: "verdict" }, element("span", { class: `band ${score.band}` }, say(`band.${score.band}`)), ` ${verdict}`),
        riskPicture(score.probability, served, score.decision.threshold)),
      profile(score, served, segment),
    ),
    element(
      "div", { class: "cards" },
      card("decision.title", decisionOf(score.decision)),
      card("reasons.title", reasonBars(score.reasons)),
      card("what_if.title", whatIf(score, served)),
      card("fresh.title", freshness(score, served.as_of)),
    ),
  ];
}

function card(title, content) {
  const [name] = title.split(".");
  const id = `${name}-title`;
  return element("article", { class: `card of-${name}`, "aria-labelledby": id }, element("h2", { id }, say(title)), content);
}

function profile({ values, model, role }, served, segment) {
  const known = PROFILE.filter((feature) => feature in values);
  const share = role === "challenger" ? served.challenger?.share : null;
  return element("dl", { class: "pairs" },
    row(say("customer.segment"), segment),
    known.map((feature) => row(labelOf("feature", feature), featureValue(values[feature], feature))),
    row(say("customer.answered"), say(`role.${role}`), element("code", { class: "block small" }, model),
      share ? element("a", { class: "block small", href: "#model" }, say("customer.share", { share: percent(share, 0, 1) })) : null));
}

const row = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
