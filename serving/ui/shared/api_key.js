// The API key, asked for when the service wants one; it is kept until the tab is closed and never in an address.
import { element, newId } from "./dom.js";
import { say } from "./language.js";

const STORAGE_KEY = "stayline.key";
let asking = null;

/** The key that was given, or null. */
export const apiKey = () => sessionStorage.getItem(STORAGE_KEY);

/** Ask for a key, once for all who wait for it; whether one was given. */
export function askForKey() {
  asking ??= showDialog().finally(() => { asking = null; });
  return asking;
}

function showDialog() {
  const [titleId, fieldId] = [newId("key-title"), newId("key")];
  const field = element("input", { id: fieldId, type: "password", autocomplete: "off", required: true });
  const cancel = element("button", { type: "button" }, say("key.cancel"));
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id: titleId }, say("key.title")),
    element("p", {}, say(apiKey() ? "key.refused" : "key.why")),
    element("label", { for: fieldId }, say("key.field")),
    field,
    element("p", { class: "buttons" }, element("button", { class: "main" }, say("key.use")), cancel),
  );
  const dialog = element("dialog", { "aria-labelledby": titleId }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    form.addEventListener("submit", () => { sessionStorage.setItem(STORAGE_KEY, field.value.trim()); resolve(true); });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); resolve(false); });
  });
}
