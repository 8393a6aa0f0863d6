// Which models became champion or challenged it, by whom, when and why.
import { element } from "../shared/dom.js";
import { ago, date, nameOf, percent, say } from "../shared/language.js";
import { empty } from "../shared/notices.js";

// The reason that training gives for the champion that it made; people write theirs in words of their own.
const REASON_OF_TRAINING = /^best (\w+) of training run (\S+)$/;

/** All decisions, newest first. */
export function decisions({ champions, challenges, served, challenger }) {
  const made = [...champions, ...challenges].sort((a, b) => new Date(b.when) - new Date(a.when));
  if (made.length === 0) return empty(say("history.none"));
  const marks = new Map([
    [champions.find(({ tag }) => tag === served), say("history.served")],
    [challenges.find(({ tag }) => tag === challenger), say("history.challenger")],
  ]);
  return element("ol", { class: "history" }, made.map((each) => decision(each, marks.get(each))));
}

function decision(each, mark) {
  return element("li", {},
    element("p", {}, element("strong", {}, title(each)), mark ? element("span", { class: "served" }, mark) : null),
    element("p", {}, reason(each.why)),
    each.overruled?.length ? element("p", {}, say("history.forced")) : null,
    element("p", { class: "small" }, say("history.who", { who: each.who, date: date(each.when), ago: ago(each.when) })));
}

function reason(why) {
  const [, metric, run] = why.match(REASON_OF_TRAINING) ?? [];
  return run ? say("history.best", { metric: nameOf("metric", metric), run }) : why;
}

function title({ action, tag, mode, share }) {
  if (action === "challenge") return say(`history.${mode}`, { tag, share: percent(share, 0, 1) });
  return say(`history.${action}`, { tag });
}
