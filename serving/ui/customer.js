// The view of one customer: looked up by customerID, with risk, reasons, freshness and what-ifs.
import { ask } from "./api.js";
import { announce, element } from "./dom.js";
import { freshness } from "./freshness.js";
import { language, percent, say } from "./language.js";
import { modelFacts, segmentLabel } from "./known.js";
import { failure, waiting } from "./notices.js";
import { reasonBars } from "./reasons.js";
import { riskPicture } from "./risk.js";
import { whatIf } from "./what_if.js";

let asked = "";
let latest = 0;

/** Put the view into its section; a customer who was looked up is looked up again. */
export function showCustomer(section) {
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
}

/** Look a customer up from elsewhere on the page. */
export function lookUp(customerID) {
  asked = customerID;
  showCustomer(document.getElementById("customer"));
  location.hash = "customer";
}

async function look(result) {
  const turn = (latest += 1);
  const customerID = asked;
  result.replaceChildren(waiting());
  try {
    const body = { customerID, reasons: 6, values: true, language: language() };
    const [score, facts] = await Promise.all([ask("/score", body), modelFacts()]);
    const label = await segmentLabel(score.segment);
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
      "article", { class: "card wide", "aria-labelledby": "risk-title" },
      element("h2", { id: "risk-title" }, score.customerID),
      element("p", { class: "verdict" }, element("span", { class: `band ${score.band}` }, say(`band.${score.band}`)), ` ${verdict}`),
      riskPicture(score.probability, facts),
      element("p", {}, say("customer.segment"), " ", element("strong", {}, label)),
    ),
    element(
      "div", { class: "cards" },
      element("article", { class: "card", "aria-labelledby": "reasons-title" },
        element("h2", { id: "reasons-title" }, say("reasons.title")), reasonBars(score.reasons)),
      element("article", { class: "card", "aria-labelledby": "what-if-title" },
        element("h2", { id: "what-if-title" }, say("what_if.title")), whatIf(score, facts)),
      element("article", { class: "card", "aria-labelledby": "fresh-title" },
        element("h2", { id: "fresh-title" }, say("fresh.title")), freshness(score.features)),
    ),
    element("p", { class: "small" }, say("customer.model", { model: score.model })),
  ];
}
