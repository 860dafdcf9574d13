// Elements. Whatever is shown goes in as text, never as HTML.

export const find = (id) => document.getElementById(id);

export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, value);
  }
  element.append(...children);
  return element;
}

export function show(id, isShown = true) {
  find(id).hidden = !isShown;
}

// An element for an error: empty and hidden while there is none.
export function say(id, sentence) {
  find(id).textContent = sentence;
  show(id, Boolean(sentence));
}
