// Making elements. Texts only ever become text nodes, so nothing that a customer's data holds can be markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; null and false are left out, and `on…` are listeners. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function drawn(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let numbered = 0;

/** An id that no other element has. */
export function newId(name) {
  numbered += 1;
  return `${name}-${numbered}`;
}

/** Say something to those who listen to the page. */
export function announce(text) {
  document.getElementById("said").textContent = text;
}
