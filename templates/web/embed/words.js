// Sentences of WORDS, with values for the names in braces.

function plain(key, values = {}) {
  return WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// As nodes, each value in bold.
function sentence(key, values = {}) {
  return WORDS[key].split(/\{(\w+)\}/).map((text, at) => (at % 2 ? make("b", {}, String(values[text])) : text));
}

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function quietButton(text, press) {
  const button = make("button", { type: "button", class: "quiet", part: "button quiet" }, text);
  button.addEventListener("click", press);
  return button;
}
