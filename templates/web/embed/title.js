// The field of the job title: what it is read as, and what to choose where that is several jobs or none.
// Half a word is no title: while somebody types, titles are suggested, and that we know none is said later.

const TYPING_PAUSE_MS = 250;
const LONG_PAUSE_MS = 1000; // after which a title that we do not know is finished
const CLICK_MS = 250; // so that nothing moves under a click that leaves the field
const MOST_SUGGESTIONS = 6;

class JobTitle {
  #asking = null;
  #timer = 0;
  #said = null; // the title that the visitor has an answer on

  constructor(root, service, days, week) {
    this.service = service;
    this.days = days;
    this.week = week;
    this.input = root.getElementById("role");
    this.hint = root.getElementById("role-hint");
    this.offered = root.getElementById("offer");
    this.send = root.getElementById("send");
    this.found = null; // the last answer of GET /v1/roles, with the title that was `asked` about
    this.touched = false;
    this.saidUnknown = false;
    this.combobox = new Combobox(this.input, root.getElementById("suggestions"), (title) => this.choose(title));
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("change", () => this.#after(CLICK_MS, () => this.read()));
  }

  get value() {
    return this.input.value.trim();
  }

  prefill(title) {
    this.input.value = title;
    return this.read();
  }

  choose(title) {
    this.input.value = title;
    this.touched = true;
    this.input.focus();
    return this.read();
  }

  // Asks what the title is read as, and says it. Without an answer the form works as before.
  async read({ typing = false } = {}) {
    clearTimeout(this.#timer);
    if (!this.value) return;
    if (!this.found || this.found.asked !== this.value) await this.#ask();
    if (!this.found || this.found.asked !== this.value) return;
    if (this.#said === this.value) return;
    if (!typing || this.found.reading) return this.#show();
    this.combobox.offer(this.found.roles.map((role) => role.title));
    if (!this.combobox.isOpen) this.#after(LONG_PAUSE_MS, () => this.#show());
  }

  async #ask() {
    const title = this.value;
    if (this.#asking) this.#asking.abort();
    const asking = (this.#asking = new AbortController());
    const query = new URLSearchParams({ q: title.slice(0, 200), most: MOST_SUGGESTIONS });
    try {
      const answer = await this.service.get(`/v1/roles?${query}`, { signal: asking.signal, tries: 1 });
      if (answer.status !== 200 || this.value !== title) return;
      this.found = { ...answer.body, asked: title };
      if (this.found.read_as === title) this.found.asked = this.input.value = this.found.reading.title; // a slug
    } catch {
      // given up for a newer title, or no answer
    }
  }

  #after(ms, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #typed() {
    this.touched = true;
    this.found = this.#said = null;
    this.saidUnknown = false;
    this.combobox.offer([]);
    this.#say("", plain("role_hint"));
    this.#offer();
    this.#after(TYPING_PAUSE_MS, () => this.read({ typing: true }));
  }

  #show() {
    const { reading } = this.found;
    this.combobox.offer([]);
    this.#said = this.found.asked;
    this.saidUnknown = reading === null;
    this.week.show(reading ? reading.tasks : []);
    if (reading === null) {
      this.#say("no", plain("unknown"));
      this.#offerInsteadOfUnknown();
    } else if (reading.kind === "family") {
      this.#say("ok", plain("several"));
      const all = quietButton(plain("all_of_them"), () => this.#takeAll());
      all.append(make("small", {}, plain("all_of_them_hint")));
      this.#offer("", this.#choices(all));
    } else {
      this.#say("ok", make("span", { class: "sign", "aria-hidden": "true" }, "✓"), ...sentence("read_as", { title: reading.title }));
      this.#offer();
    }
  }

  #offerInsteadOfUnknown() {
    const { choices } = this.found;
    const ways = make("p", {}, ...sentence("unknown_ways", { days: this.days }));
    const nearest = make("p", {}, plain(choices.length ? "nearest" : "no_nearest"));
    this.#offer("say", nearest, ...(choices.length ? [this.#choices()] : []), ways);
  }

  #choices(...more) {
    const buttons = this.found.choices.map((title) => quietButton(title, () => this.choose(title)));
    return make("div", { class: "choices" }, ...buttons, ...more);
  }

  #takeAll() {
    this.#say("ok", ...sentence("all_of_them_chosen", { title: this.found.reading.title }));
    this.#offer();
    this.input.focus();
  }

  #say(kind, ...nodes) {
    this.hint.className = `hint ${kind}`;
    this.hint.replaceChildren(...nodes);
  }

  #offer(kind = "", ...nodes) {
    this.offered.className = kind;
    this.offered.hidden = nodes.length === 0;
    this.offered.replaceChildren(...nodes);
    this.send.textContent = plain(this.saidUnknown ? "send_anyway" : "send");
  }
}
