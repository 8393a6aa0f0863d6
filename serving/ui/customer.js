// The view of one customer: looked up by customerID, with risk, reasons, freshness and what-ifs.
import { ask } from "./api.js";
import { announce, element } from "./dom.js";
import { freshness } from "./freshness.js";
import { factsBehind, modelFacts, segmentLabel } from "./known.js";
import { featureLabel, featureValue, language, percent, say } from "./language.js";
import { failure, waiting } from "./notices.js";
import { reasonBars } from "./reasons.js";
import { riskPicture } from "./risk.js";
import { whatIf } from "./what_if.js";

const KNOWN = ["Contract", "tenure", "MonthlyCharges"];
let asked = "";
let pending = false;
let latest = 0;

/** Put the view into its section, unless it is there: what was tried out stays until somebody else is looked up. */
export function showCustomer(section, isThere) {
  if (isThere && !pending) return;
  pending = false;
  const field = element("input", {
    id: "customer-id", name: "customer", value: asked, required: true, maxlength: 64,
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
    asked = field.value.trim();
    if (asked) look(result);
  });
  section.replaceChildren(element("h1", { id: "customer-title", tabindex: -1 }, say("customer.title")), form, result);
  if (asked) look(result);
  else result.append(element("p", {}, element("a", { href: "#list" }, say("customer.list"))));
}

/** Look a customer up from elsewhere on the page. */
export function lookUp(customerID) {
  asked = customerID;
  pending = true;
  location.hash = "customer";
}

async function look(result) {
  const turn = (latest += 1);
  const customerID = asked;
  result.replaceChildren(waiting());
  try {
    const body = { customerID, reasons: 6, values: true, language: language() };
    const [score] = await Promise.all([ask("/score", body), modelFacts()]);
    const [facts, label] = [await factsBehind(score), await segmentLabel(score.segment)];
    if (turn === latest) result.replaceChildren(...told(score, facts, label));
  } catch (error) {
    if (turn === latest) result.replaceChildren(failure(error, () => look(result)));
  }
}

function told(score, facts, label) {
  const verdict = say("risk.sentence", { share: percent(score.probability, 1) });
  announce(`${score.customerID}: ${verdict} ${say(`band.${score.band}`)}`);
  return [
    element(
      "article", { class: "card about", "aria-labelledby": "risk-title" },
      element("div", {},
        element("h2", { id: "risk-title" }, score.customerID),
        element("p", { class: "verdict" }, element("span", { class: `band ${score.band}` }, say(`band.${score.band}`)), ` ${verdict}`),
        riskPicture(score.probability, facts)),
      about(score, facts, label),
    ),
    element(
      "div", { class: "cards" },
      card("reasons.title", reasonBars(score.reasons)),
      card("what_if.title", whatIf(score, facts)),
      card("fresh.title", freshness(score.features, facts.as_of)),
    ),
  ];
}

function card(title, content) {
  const [name] = title.split(".");
  const id = `${name}-title`;
  return element("article", { class: `card of-${name}`, "aria-labelledby": id }, element("h2", { id }, say(title)), content);
}

function about({ values, model, role }, facts, label) {
  const known = KNOWN.filter((name) => name in values);
  const share = role === "challenger" ? facts.challenger?.share : null;
  return element("dl", { class: "facts" },
    fact(say("customer.segment"), label),
    known.map((name) => fact(featureLabel(name), featureValue(values[name], name))),
    fact(say("customer.answered"), say(`role.${role}`), element("code", { class: "block small" }, model),
      share ? element("a", { class: "block small", href: "#model" }, say("customer.share", { share: percent(share, 0, 1) })) : null));
}

const fact = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
