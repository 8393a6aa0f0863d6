// The list of those most at risk: filters, order, pages, and the whole of it as a file.
import { ask, askForFile } from "../shared/api.js";
import { lookUp } from "../customer/customer.js";
import { announce, element, newId } from "../shared/dom.js";
import { servedSegments } from "../shared/served_model.js";
import { ago, date, featureValue, number, percent, say } from "../shared/language.js";
import { empty, failure, load } from "../shared/notices.js";

const PAGE = 50;
const SHORT = 20; // characters of a customerID that need no second line
const CHARGES = [[null, 30], [30, 60], [60, 90], [90, null]];
const COLUMNS = [
  { key: "customerID", sort: "customerID" },
  { key: "probability", sort: "probability", numeric: true },
  { key: "band" },
  { key: "segment", sort: "segment" },
  { key: "contract", sort: "contract" },
  { key: "monthly_charges", sort: "monthly_charges", numeric: true },
  { key: "tenure", sort: "tenure", numeric: true },
];
const query = { segment: null, contract: null, band: null, min_charge: null, max_charge: null, include_left: false, include_unscored: false, sort: "probability", descending: true };
let offset = 0;
let newest = 0; // number of the newest request; the answers of older ones are dropped
let renew = null;

/** Put the view into its section; one that is there is renewed in its place, filters and page as they were. */
export function showList(section, isThere) {
  if (isThere && renew) {
    renew();
    return;
  }
  const place = element("div", {});
  section.replaceChildren(element("h1", { id: "list-title", tabindex: -1 }, say("list.title")), place);
  renew = null;
  load(place, async () => {
    const [found, labels] = await Promise.all([ask("/at_risk", body()), labelsByName()]);
    const [head, result] = [element("div", {}), element("div", { id: "list-result" })];
    renew = () => refresh(head, result, labels);
    head.append(...origin(found));
    result.append(...table(found, labels));
    return [head, filters(found.filters, labels), result];
  });
}

const body = () => ({ ...query, limit: PAGE, offset });

async function labelsByName() {
  const { segments } = await servedSegments();
  return new Map(segments.map(({ name, label }) => [name, label]));
}

async function refresh(head, result, labels) {
  const request = (newest += 1);
  const focused = document.activeElement?.dataset?.keep;
  result.setAttribute("aria-busy", "true");
  try {
    const found = await ask("/at_risk", body());
    if (request !== newest) return;
    if (offset >= found.total && offset > 0) {
      offset = 0; // the list has become shorter than the page that was shown
      return await refresh(head, result, labels);
    }
    head.replaceChildren(...origin(found));
    result.replaceChildren(...table(found, labels));
    announce(say("list.total", { total: number(found.total) }));
  } catch (error) {
    if (request === newest) result.replaceChildren(failure(error, renew));
  }
  result.removeAttribute("aria-busy");
  if (focused) focusTarget(result, focused)?.focus({ preventScroll: true });
}

// At the first and the last page the button that was pressed rests; the other one takes the focus.
const focusTarget = (result, kept) =>
  result.querySelector(`[data-keep="${kept}"]:not(:disabled)`) ?? result.querySelector(".pages button:not(:disabled)");

function origin({ as_of: moment, age_days: age, customers, left, unscored, other_model: other, too_old: old, model }) {
  const scored = say("list.origin", { date: date(moment), ago: ago(moment), customers: number(customers) });
  const gone = left ? ` ${say("list.left", { left: number(left) })}` : "";
  const unknown = unscored ? ` ${say("list.unscored", { unscored: number(unscored) })}` : "";
  return [
    element("p", {}, scored, gone, unknown),
    ...(old ? [element("p", { class: "notice warning" }, say("list.too_old", { days: number(Math.floor(age)) }))] : []),
    ...(other ? [element("p", { class: "notice warning" }, say("list.other_model", { model }))] : []),
  ];
}

function filters(values, labels) {
  const changed = (change) => { Object.assign(query, change); offset = 0; renew(); };
  const charges = CHARGES.map(([from, to], at) => [String(at), chargesLabel(from, to)]);
  const current = CHARGES.findIndex(([from, to]) => from === query.min_charge && to === query.max_charge);
  return element(
    "form", { class: "filters", "aria-label": say("list.filters"), onsubmit: (event) => event.preventDefault() },
    choice("segment", values.segments.map(({ id, name }) => [String(id), labels.get(name) ?? name]), query.segment,
      (value) => changed({ segment: value === "" ? null : Number(value) })),
    choice("contract", values.contracts.map((each) => [each, featureValue(each)]), query.contract,
      (value) => changed({ contract: value || null })),
    choice("charges", charges, current < 0 ? null : current, (value) => {
      const [from, to] = value === "" ? [null, null] : CHARGES[Number(value)];
      changed({ min_charge: from, max_charge: to });
    }),
    choice("band", ["high", "medium", "low"].map((band) => [band, say(`band.${band}`)]), query.band,
      (value) => changed({ band: value || null })),
    sorting(changed),
    element("button", { type: "button", onclick: (event) => download(event.currentTarget) }, say("list.download")),
  );
}

function choice(name, options, chosen, change) {
  const id = newId(name);
  return element(
    "div", {},
    element("label", { for: id }, say(`list.filter.${name}`)),
    element("select", { id, name, onchange: (event) => change(event.target.value) },
      element("option", { value: "" }, say("list.all")),
      options.map(([value, label]) => element("option", { value, selected: String(chosen) === value }, label))),
  );
}

// On a phone rows are cards without a heading row, so the order has a control of its own there.
function sorting(changed) {
  const id = newId("sort");
  const orders = COLUMNS.filter(({ sort }) => sort).flatMap(({ key, sort }) =>
    [true, false].map((descending) => [`${sort} ${descending}`, `${say(`list.column.${key}`)} ${descending ? "↓" : "↑"}`]));
  return element(
    "div", { class: "sorting" },
    element("label", { for: id }, say("list.sort")),
    element("select", { id, onchange: ({ target }) => {
      const [sort, descending] = target.value.split(" ");
      changed({ sort, descending: descending === "true" });
    } }, orders.map(([value, label]) => element("option", { value, selected: value === `${query.sort} ${query.descending}` }, label))),
  );
}

function chargesLabel(from, to) {
  if (from === null) return say("list.charges.below", { to: number(to) });
  if (to === null) return say("list.charges.from", { from: number(from) });
  return say("list.charges.between", { from: number(from), to: number(to) });
}

function table(found, labels) {
  if (found.total === 0) return [empty(say("list.none"))];
  return [
    element(
      "div", { class: "wide-table" },
      element("table", { class: "stacked" },
        element("caption", {}, say("list.caption", { total: number(found.total) })),
        element("thead", {}, element("tr", {}, COLUMNS.map((column) => heading(column)))),
        element("tbody", {}, found.rows.map((row) => customerRow(row, labels)))),
    ),
    pages(found),
  ];
}

function heading({ key, sort, numeric }) {
  const text = say(`list.column.${key}`);
  const sorted = sort === query.sort;
  const order = sorted ? (query.descending ? "descending" : "ascending") : null;
  const sortBy = () => {
    Object.assign(query, { sort, descending: sorted ? !query.descending : Boolean(numeric) });
    offset = 0;
    renew();
  };
  const arrow = element("span", { "aria-hidden": "true" }, sorted ? (query.descending ? " ▼" : " ▲") : " ↕");
  return element(
    "th", { scope: "col", class: numeric && "number", "aria-sort": order },
    sort ? element("button", { type: "button", class: "plain", "data-keep": sort, onclick: sortBy }, text, arrow) : text,
  );
}

function customerRow(row, labels) {
  const cells = {
    probability: percent(row.probability, 1),
    band: element("span", { class: `band ${row.band}` }, say(`band.${row.band}`)),
    segment: labels.get(row.segment) ?? row.segment,
    contract: featureValue(row.contract),
    monthly_charges: number(row.monthly_charges, 2),
    tenure: number(row.tenure),
  };
  return element(
    "tr", {},
    element("th", { scope: "row" },
      element("button", { type: "button", class: `plain link${row.customerID.length <= SHORT ? " short" : ""}`, onclick: () => lookUp(row.customerID) }, row.customerID)),
    COLUMNS.slice(1).map(({ key, numeric }) =>
      element("td", { class: numeric ? `in-${key} number` : `in-${key}`, "data-heading": say(`list.column.${key}`) }, cells[key])),
  );
}

function pages({ total, rows }) {
  const move = (by) => async () => {
    offset += by;
    await renew();
    document.getElementById("list-result").scrollIntoView();
  };
  return element(
    "nav", { class: "pages", "aria-label": say("list.pages") },
    element("button", { type: "button", disabled: offset === 0, "data-keep": "before", onclick: move(-PAGE) }, say("list.before")),
    element("span", {}, say("list.shown", { from: number(offset + 1), to: number(offset + rows.length), total: number(total) })),
    element("button", { type: "button", disabled: offset + rows.length >= total, "data-keep": "after", onclick: move(PAGE) }, say("list.after")),
  );
}

async function download(button) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true"; // a disabled one would lose the focus
  button.parentElement.querySelector(".notice")?.remove();
  try {
    const address = URL.createObjectURL(await askForFile("/at_risk_csv", query));
    element("a", { href: address, download: "stayline-at-risk.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    announce(say("list.downloaded"));
  } catch (error) {
    button.parentElement.append(failure(error, null));
  }
  button.ariaBusy = "false";
}
