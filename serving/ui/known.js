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

/** A segment's name in the language. */
export async function segmentLabel(segment) {
  const { segments } = await segmentsTold();
  return segments.find((each) => each.id === segment.id && each.name === segment.name)?.label ?? segment.name;
}
