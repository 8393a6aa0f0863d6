// The model in service and its segments: asked for once in each language, and kept.
import { ask } from "./api.js";
import { language } from "./language.js";

const kept = new Map();

function once(path) {
  const key = `${path} ${language()}`;
  if (!kept.has(key)) {
    const answer = ask(path, { language: language() });
    kept.set(key, answer);
    answer.catch(() => kept.delete(key)); // a failure is asked again
  }
  return kept.get(key);
}

export const servedModel = () => once("/model");
export const servedSegments = () => once("/segments");

/** Ask anew next time. */
export const forget = () => kept.clear();

/** The model in service, asked for anew when a score is by another one than the kept answer names. */
export async function servedModelOf({ model, role }) {
  const named = (served) => (role === "challenger" ? served.challenger?.model : served.model);
  const served = await servedModel();
  if (named(served) === model) return served;
  forget();
  return servedModel();
}

/** A segment's name in the language. */
export async function segmentLabel(segment) {
  const { segments } = await servedSegments();
  return segments.find((each) => each.name === segment.name)?.label ?? segment.name;
}
