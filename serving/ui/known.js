// What the page asks once and keeps: the model's facts and the segments' names, in each language.
import { ask } from "./api.js";
import { language } from "./language.js";

const kept = new Map();

function once(path) {
  const key = `${path} ${language()}`;
  if (!kept.has(key)) {
    const asking = ask(path, { language: language() });
    kept.set(key, asking);
    asking.catch(() => kept.delete(key)); // a failure is asked again
  }
  return kept.get(key);
}

export const modelFacts = () => once("/model");
export const segmentsTold = () => once("/segments");

/** Ask anew next time. */
export const forget = () => kept.clear();

/** The facts of the model in service; an answer by a model they do not name says that they are old. */
export async function factsBehind({ model, role }) {
  const named = (facts) => (role === "challenger" ? facts.challenger?.model : facts.model);
  const facts = await modelFacts();
  if (named(facts) === model) return facts;
  forget();
  return modelFacts();
}

/** A segment's name in the language. */
export async function segmentLabel(segment) {
  const { segments } = await segmentsTold();
  return segments.find((each) => each.name === segment.name)?.label ?? segment.name;
}
