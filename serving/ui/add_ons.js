// Services and their add-ons: what a customer can only have together is changed together.
const SERVICE_OF = { "No internet service": "InternetService", "No phone service": "PhoneService" };

/** Let add-ons follow their services; whoever cannot have one sees no other choice. */
export function tieAddOns(fields) {
  const ties = Object.entries(SERVICE_OF)
    .filter(([, service]) => fields.has(service))
    .map(([none, service]) => () => settle(fields.get(service).field.value, none, fields));
  for (const service of Object.values(SERVICE_OF)) {
    fields.get(service)?.field.addEventListener("change", () => ties.forEach((tie) => tie()));
  }
  ties.forEach((tie) => tie());
  return () => ties.forEach((tie) => tie());
}

function settle(service, none, fields) {
  if (service === "") return; // nobody knows
  for (const { field, start } of fields.values()) {
    const options = [...(field.options ?? [])];
    if (field.value === "" || !options.some(({ value }) => value === none)) continue;
    const without = service === "No";
    if (without) field.value = none;
    else if (field.value === none) field.value = start === none ? "No" : start;
    for (const option of options) option.disabled = without !== (option.value === none);
  }
}
