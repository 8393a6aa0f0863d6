// The page's language: its texts, and numbers and dates as its readers write them.
import { now } from "./clock.js";

const KEPT = "stayline.language";
const CODES = ["en", "es"];
const FLAGS = ["SeniorCitizen"];
const DAY = 86_400_000;
const texts = {};
let code = "en";

/** Load the texts and choose the language: the one chosen before, or else the browser's. */
export async function startLanguage() {
  const loaded = await Promise.all(CODES.map((each) => fetch(`/ui/texts/${each}.json`).then((file) => file.json())));
  CODES.forEach((each, number) => { texts[each] = loaded[number]; });
  const wanted = [remembered(), ...navigator.languages].map((each) => (each ?? "").slice(0, 2));
  useLanguage(wanted.find((each) => CODES.includes(each)) ?? "en");
}

/** Switch to a language and write the texts of the frame in it. */
export function useLanguage(chosen) {
  code = chosen;
  try { localStorage.setItem(KEPT, code); } catch { /* a browser that keeps nothing still shows the page */ }
  document.documentElement.lang = code;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = say(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
  for (const each of document.querySelectorAll("[data-language]")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === code));
  }
}

function remembered() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

/** The language in use: en or es. */
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

/** What people call a feature, view, metric or arm, inside a sentence; one without a name keeps its own. */
export const nameOf = (kind, name) => sayIfKnown(`${kind}.${name}`) ?? name;

/** A feature's name as a label. */
export const featureLabel = (name) => capital(nameOf("feature", name));

/** Whether a feature is a yes or no that is written as 1 or 0. */
export const isFlag = (name) => FLAGS.includes(name);

/** A feature's value for people. */
export function featureValue(value, name = "") {
  if (value === null || value === undefined) return say("value.none");
  if (isFlag(name)) return say(value ? "value.Yes" : "value.No");
  if (typeof value === "number") return number(value, Number.isInteger(value) ? 0 : 2);
  return sayIfKnown(`value.${value}`) ?? value;
}

/** A sentence of the service with the names that people know for its features and quoted values. */
export const withNames = (sentence) => capital(sentence
  .replace(/"([^"]+)"/g, (_, value) => `“${featureValue(value)}”`)
  .replace(/\w+/g, (word) => nameOf("feature", word)));
