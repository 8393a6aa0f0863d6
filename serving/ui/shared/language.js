// The page's language: its texts, and numbers and dates as its readers write them.
import { now } from "./clock.js";

const STORAGE_KEY = "stayline.language";
const DAY = 86_400_000;
const texts = {};
let code = "";

/** Load the texts and choose the language: the one chosen before, or else the browser's. */
export async function startLanguage() {
  const codes = switches().map((button) => button.dataset.language);
  const loaded = await Promise.all(codes.map((each) => fetch(`/ui/texts/${each}.json`).then((file) => file.json())));
  codes.forEach((each, number) => { texts[each] = loaded[number]; });
  const wanted = [storedLanguage(), ...navigator.languages].map((each) => (each ?? "").slice(0, 2));
  useLanguage(wanted.find((each) => codes.includes(each)) ?? codes[0]);
}

/** The buttons of the languages; the service writes one for each language there is. */
export const switches = () => [...document.querySelectorAll("[data-language]")];

/** Switch to a language and write the texts of the frame in it. */
export function useLanguage(chosen) {
  code = chosen;
  try { localStorage.setItem(STORAGE_KEY, code); } catch { /* a browser that keeps nothing still shows the page */ }
  document.documentElement.lang = code;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = say(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
  for (const button of switches()) button.setAttribute("aria-pressed", String(button.dataset.language === code));
}

function storedLanguage() {
  try { return localStorage.getItem(STORAGE_KEY); } catch { return null; }
}

/** The code of the language in use. */
export const language = () => code;

/** A text with its {values}. */
export function say(key, values = {}) {
  const text = texts[code][key];
  if (text === undefined) throw new Error(`there is no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A text that there need not be, or null. */
export const sayIfKnown = (key) => texts[code][key] ?? null;

/** A number with so many decimals; a dash for none. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString(code, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always" });
}

/** A share as a percentage, with so many decimals, or up to `most` where they say something. */
export function percent(value, digits = 0, most = digits) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString(code, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: most });
}

/** The day of an ISO 8601 moment, in UTC as the service counts. */
export function date(moment) {
  return new Date(moment).toLocaleDateString(code, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

/** How long ago a moment was by the service's clock, in days of UTC or the largest unit that fits. */
export function ago(moment, from = now()) {
  const days = Math.floor(new Date(from) / DAY) - Math.floor(new Date(moment) / DAY);
  const written = new Intl.RelativeTimeFormat(code, { numeric: "auto" });
  if (Math.abs(days) < 60) return written.format(-days, "day");
  if (Math.abs(days) < 730) return written.format(-Math.round(days / 30.44), "month");
  return written.format(-Math.round(days / 365.25), "year");
}

/** A text with a capital at its beginning. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What people call a feature, value, view or metric, inside a sentence; one without a name keeps its technical one. */
export const nameOf = (kind, technical) => sayIfKnown(`${kind}.${technical}`) ?? technical;

/** The name as a label, with a capital; a technical name stays as the tables have it. */
export function labelOf(kind, technical) {
  const name = sayIfKnown(`${kind}.${technical}`);
  return name === null ? technical : capital(name);
}

/** What people call an arm. */
export const armName = ({ sampler, classifier }) =>
  say("arm", { sampler: say(`sampler.${sampler}`), classifier: say(`classifier.${classifier}`) });

/** Whether a feature is a yes or no that is written as 1 or 0. */
export const isFlag = (feature) => sayIfKnown(`value.${feature}=1`) !== null;

/** A feature's value for people. */
export function featureValue(value, feature = "") {
  if (value === null || value === undefined) return say("unknown");
  const name = sayIfKnown(`value.${feature}=${value}`);
  if (name !== null) return name;
  if (typeof value === "number") return number(value, Number.isInteger(value) ? 0 : 2);
  return nameOf("value", value);
}

/** A sentence of the service with the names that people know for its features and quoted values. */
export const withNames = (sentence) => capital(sentence
  .replace(/"([^"]+)"/g, (_, value) => `“${featureValue(value)}”`)
  .replace(/\w+/g, (word) => nameOf("feature", word)));
