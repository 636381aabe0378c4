// A text field with a list of suggestions: the pattern "editable combobox with list autocomplete" of the ARIA
// Authoring Practices. The list opens while somebody types, takes nothing by itself, and never the focus.

class Combobox {
  #active = -1;
  #titles = [];

  constructor(input, list, choose) {
    this.input = input;
    this.list = list;
    this.choose = choose;
    input.addEventListener("keydown", (event) => this.#press(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#pick([...this.list.children].indexOf(option));
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  // Shows these titles, if somebody is in the field.
  offer(titles) {
    this.#titles = titles;
    this.list.replaceChildren(
      ...titles.map((title, at) => make("li", { role: "option", id: `suggestion-${at}`, "aria-selected": "false", part: "suggestion" }, title)),
    );
    this.close();
    if (this.input.matches(":focus")) this.open();
  }

  open() {
    if (!this.#titles.length) return;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.#activate(-1);
  }

  #activate(at) {
    this.#active = at;
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    if (at < 0) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", this.list.children[at].id);
      this.list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  #pick(at) {
    const title = this.#titles[at];
    this.close();
    this.choose(title);
  }

  #press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (event.altKey) return step > 0 ? this.open() : this.close();
      this.open();
      if (this.isOpen) this.#activate(this.#after(step));
    } else if (event.key === "Enter" && this.isOpen && this.#active >= 0) {
      event.preventDefault();
      this.#pick(this.#active);
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      event.stopPropagation(); // a dialog around the form stays open
      this.close();
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      this.#activate(-1);
    }
  }

  // The next place; before the first and after the last is the field itself.
  #after(step) {
    const places = this.#titles.length + 1;
    return ((this.#active + 1 + step + places) % places) - 1;
  }
}
