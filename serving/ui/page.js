// The page's wiring: the language, and which view is shown.
import { say, startLanguage, switches, useLanguage } from "./shared/language.js";
import { showCampaigns } from "./campaigns/campaigns.js";
import { showCustomer } from "./customer/customer.js";
import { showList } from "./list/list.js";
import { showModel } from "./model/model.js";
import { showSegments } from "./model/segments.js";

const VIEWS = { customer: showCustomer, list: showList, campaigns: showCampaigns, segments: showSegments, model: showModel };
const languageOfView = {};

function current() {
  const named = location.hash.slice(1);
  return named in VIEWS ? named : "customer";
}

function show(takeFocus) {
  const name = current();
  for (const each of Object.keys(VIEWS)) document.getElementById(each).hidden = each !== name;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const language = document.documentElement.lang;
  const isThere = languageOfView[name] === language;
  languageOfView[name] = language;
  VIEWS[name](document.getElementById(name), isThere);
  document.title = `${say(`nav.${name}`)} – Stayline`;
  if (takeFocus) document.querySelector(`#${name} h1`)?.focus();
}

try {
  await startLanguage();
} catch (error) {
  document.getElementById("broken").hidden = false;
  throw error;
}
for (const button of switches()) {
  button.addEventListener("click", () => { useLanguage(button.dataset.language); show(false); });
}
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the view
  document.getElementById("main").focus();
});
addEventListener("hashchange", () => show(true));
show(false);
