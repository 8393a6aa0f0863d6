// Services and their add-ons: what a customer can only have together is changed together.
const SERVICE_OF = { "No internet service": "InternetService", "No phone service": "PhoneService" };

/** Let add-ons follow their services; gives what is to be called when all fields have their first values again. */
export function tieAddOns(fields) {
  const ties = Object.entries(SERVICE_OF)
    .filter(([, service]) => fields.has(service))
    .map(([none, service]) => ({ none, service: fields.get(service).field, addOns: withChoice(fields, none) }));
  for (const { none, service, addOns } of ties) {
    service.addEventListener("change", () => {
      for (const addOn of addOns) follow(addOn, service.value, none);
      lock(addOns, service.value, none);
    });
  }
  const lockAll = () => ties.forEach(({ none, service, addOns }) => lock(addOns, service.value, none));
  lockAll();
  return lockAll;
}

const withChoice = (fields, none) =>
  [...fields.values()].filter(({ field }) => [...(field.options ?? [])].some(({ value }) => value === none));

function follow({ field, start }, service, none) {
  if (service === "" || field.value === "") return; // what nobody knows stays so
  if (service === "No") field.value = none;
  else if (field.value === none) field.value = start === none ? "No" : start;
}

// Only what goes with the service can be chosen.
function lock(addOns, service, none) {
  for (const { field } of addOns) {
    for (const option of field.options) {
      option.disabled = service !== "" && option.value !== "" && (service === "No") !== (option.value === none);
    }
  }
}
