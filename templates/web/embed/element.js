// <ai-exposure-form role="ml-engineer" campaign="autumn">: the form in a shadow root of its own. Until the service has
// answered, and if it never does, what the page has put inside the element is shown: a link to the form, or a form.

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("ai-exposure-form", { createHTML: (html) => html })
  : { createHTML: (html) => html };
const address = (document.currentScript ? document.currentScript.src : "").replace(/\/embed(\.js|\/[^/]*)([?#].*)?$/, "");
const settings = new Map(); // what GET /v1/form of a service says, asked once for all elements of a page

function settingsOf(service) {
  if (!settings.has(service.address)) {
    const asked = service.get("/v1/form").then((answer) => {
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      return answer.body;
    });
    settings.set(service.address, asked);
    asked.catch(() => settings.delete(service.address));
  }
  return settings.get(service.address);
}

class ExposureForm extends HTMLElement {
  static observedAttributes = ["role"];
  #service = null;
  #settings = null;
  #box = null;
  #form = null;
  #title = null;
  #week = null;
  #token = null;
  #busy = false;
  #before = {};

  // `role` means something else to screen readers, so it is kept as `data-role`.
  attributeChangedCallback(name, before, role) {
    if (role === null) return;
    this.dataset.role = role;
    this.removeAttribute("role");
    if (this.#title && !this.#title.touched) this.#title.prefill(role);
  }

  async connectedCallback() {
    if (this.#service) return;
    this.#service = new Service(this.getAttribute("service") || address);
    try {
      this.#settings = await settingsOf(this.#service);
    } catch (failure) {
      console.warn(`ai-exposure-form: no answer from ${this.#service.address}. Is ${location.origin} in its WORKER_ALLOWED_ORIGINS?`, failure);
      if (!this.childElementCount) this.append(make("a", { href: this.#ownPage() }, plain("heading")));
      return;
    }
    this.#build();
    this.#announce("ai-exposure-ready", {});
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE + this.#settings.style);
    root.adoptedStyleSheets = [sheet];
    this.#box = make("div", { class: "exposure", lang: "en", dir: "ltr" });
    this.#box.innerHTML = policy.createHTML(FORM);
    root.append(this.#box);
    this.#form = root.getElementById("signup");
    this.#week = new Week(this.#form);
    this.#title = new JobTitle(root, this.#service, this.#settings.days, this.#week);
    this.#level(this.#form);
    linkTo(root.getElementById("privacy"), this.#settings.privacy);
    this.#form.addEventListener("focusin", () => this.#openToken().catch(() => {}));
    this.#form.addEventListener("input", ({ target }) => this.#unrefuse(target.name));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#takeOver(this.querySelector("form"));
  }

  // What was typed into a form inside the element, or filled in by its server, is not lost.
  #takeOver(before) {
    const typed = (name) => (before && before.elements[name] ? before.elements[name].value : "");
    for (const name of ["email", "skills", "experience_years"]) this.#form.elements[name].value = typed(name);
    this.#title.prefill(typed("role") || this.dataset.role || "");
    this.#before = { page: typed("page"), campaign: typed("campaign") };
    if (!before) return;
    const focused = before.contains(document.activeElement) && this.#form.elements[document.activeElement.name];
    before.remove();
    if (focused && focused.focus) focused.focus();
  }

  #source() {
    const { page, campaign } = this.#before;
    return { page: page || location.pathname, campaign: campaign || this.getAttribute("campaign") || undefined };
  }

  #signup() {
    const { email, website } = this.#form.elements;
    return {
      email: email.value, role: this.#title.value, website: website.value,
      profile: this.#week.profile(), source: this.#source(), ...this.#challenge(),
    };
  }

  // The answer to a challenge, where the page has put the widget of a CAPTCHA into the element (slot="challenge").
  #challenge() {
    const names = ["challenge", "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response"];
    const answered = names.map((name) => this.querySelector(`[name="${name}"]`)?.value).find(Boolean);
    return answered ? { challenge: answered } : {};
  }

  // The token of this form, good for one signup, from when somebody first is in a field.
  #openToken() {
    if (!this.#token) {
      this.#token = this.#service.get("/v1/form-token").then(({ status, body }) => {
        if (status !== 200) throw new Error(`status ${status}`);
        return { value: body.form_token, readyAt: performance.now() + body.min_fill_s * 1000 + 250 };
      });
      this.#token.catch(() => { this.#token = null; });
    }
    return this.#token;
  }

  async #submit(answers = {}) {
    if (this.#busy) return;
    this.#clear();
    if (!this.#form.elements.email.value.trim()) this.#refuse("email", plain("email_missing"));
    if (!this.#title.value) this.#refuse("role", plain("role_missing"));
    if (this.#focusRefused()) return;
    this.#setBusy(true);
    try {
      if (await this.#hasSeenUnknown()) this.#answered(await this.#send(answers));
    } catch {
      this.#stop("no-answer", plain("no_answer"));
    } finally {
      this.#setBusy(false);
    }
  }

  // A title without figures is said before the form is sent; sending it again sends it as it is.
  async #hasSeenUnknown() {
    const seen = this.#title.saidUnknown;
    await this.#title.read();
    if (seen || !this.#title.saidUnknown || this.#week.tasks().length) return true;
    this.#title.input.focus();
    this.#announce("ai-exposure-refused", { reason: "unknown-role" });
    return false;
  }

  async #send(answers) {
    for (let first = true; ; first = false) {
      const token = await this.#openToken();
      await pause(token.readyAt - performance.now());
      const answer = await this.#service.post("/v1/signups", { ...this.#signup(), ...answers, form_token: token.value });
      const problem = problemOf(answer);
      if (problem === "form-token" || problem === "rate-limited") this.#token = null;
      if (!first || (problem !== "form-token" && problem !== "too-fast")) return answer;
      if (problem === "too-fast") await pause(answer.retryAfterMs);
    }
  }

  #answered({ status, body, ...rest }) {
    const problem = problemOf({ body, ...rest });
    const errors = body.errors || [];
    if (status === 202) return this.#done(body);
    if (problem === "address-typo") return this.#askAboutSlip(body.suggested_domain);
    if (status >= 500) return this.#stop(problem, plain("unavailable"));
    if (status === 403) return this.#stop(problem, plain("not_here"), " ", make("a", { href: this.#ownPage() }, plain("own_page")));
    const elsewhere = errors.filter(({ field, problem: text }) => !this.#refuse(field, text));
    const texts = elsewhere.map((error) => `${error.label || error.field}: ${error.problem}`);
    if (errors.length > elsewhere.length && !texts.length) return this.#focusRefused(problem);
    return this.#stop(problem, [body.detail, ...texts].join(" "));
  }

  #askAboutSlip(domain) {
    const typed = this.#form.elements.email.value;
    const meant = typed.trim().replace(/[^@]*$/, domain);
    const yes = quietButton(plain("change_it", { address: meant }), () => {
      this.#form.elements.email.value = meant;
      this.#submit();
    });
    const no = quietButton(plain("keep_it", { address: typed }), () => this.#submit({ email_confirmed: typed }));
    const question = make("p", { id: "question" }, ...sentence("did_you_mean", { address: meant }));
    yes.setAttribute("aria-describedby", "question");
    this.#show("slip", question, make("div", { class: "choices" }, yes, no));
    yes.focus();
    this.#announce("ai-exposure-refused", { reason: "address-typo" });
  }

  #done(received) {
    const answer = make("div");
    answer.innerHTML = policy.createHTML(ANSWER);
    answer.querySelector(received.role_known ? ".unknown" : ".known").remove();
    const fill = (selector, ...nodes) => answer.querySelector(selector)?.replaceChildren(...nodes);
    fill(".sender", ...sentence("sender", { sender: this.#settings.sender }));
    if (received.title) fill(".about", ...sentence("about", { title: received.title }));
    fill(".kept", ...sentence("kept", { days: this.#settings.days }));
    linkTo(answer.querySelector(".contact"), this.#settings.contact);
    answer.querySelector("#again")?.addEventListener("click", () => this.#again());
    this.#level(answer);
    this.#box.replaceChildren(answer);
    answer.querySelector(".heading").focus();
    this.#announce("ai-exposure-sent", { role: received.title, role_known: received.role_known, ...this.#source() });
  }

  #again() {
    this.#token = null;
    this.#box.replaceChildren(this.#form);
    this.#title.input.focus();
  }

  // Says at a field what is wrong with it; false where the form has no such field.
  #refuse(name, text) {
    const said = this.#form.querySelector(`#${CSS.escape(name)}-error`);
    if (!said) return false;
    said.replaceChildren(make("span", { class: "sign", "aria-hidden": "true" }, "!"), make("span", {}, text));
    said.hidden = false;
    this.#form.elements[name].setAttribute("aria-invalid", "true");
    return true;
  }

  // What was said at a field goes once somebody changes it.
  #unrefuse(name) {
    const said = this.#form.querySelector(`#${CSS.escape(name)}-error`);
    if (!said) return;
    said.replaceChildren(); // a field's description reads hidden words too
    said.hidden = true;
    this.#form.elements[name].removeAttribute("aria-invalid");
  }

  #focusRefused(reason = "incomplete") {
    const first = this.#form.querySelector("[aria-invalid]");
    if (!first) return false;
    first.focus();
    this.#announce("ai-exposure-refused", { reason });
    return true;
  }

  #stop(reason, ...nodes) {
    this.#show("problem", ...nodes).focus();
    this.#form.querySelector("#send").textContent = plain("try_again");
    this.#announce("ai-exposure-refused", { reason });
  }

  #show(id, ...nodes) {
    const box = this.#form.querySelector(`#${id}`);
    box.replaceChildren(...nodes);
    box.hidden = nodes.length === 0;
    return box;
  }

  #clear() {
    this.#show("problem");
    this.#show("slip");
    this.#form.querySelectorAll("[aria-invalid]").forEach((field) => this.#unrefuse(field.name));
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.#form.querySelector("#send").setAttribute("aria-disabled", String(busy)); // disabled, it would lose the focus
    this.#form.querySelector("#status").textContent = busy ? plain("sending") : "";
  }

  #level(part) {
    const level = Number(this.getAttribute("heading-level"));
    if (![1, 3, 4, 5, 6].includes(level)) return;
    const heading = part.querySelector(".heading");
    const other = make(`h${level}`, {}, ...heading.childNodes);
    for (const { name, value } of heading.attributes) other.setAttribute(name, value);
    heading.replaceWith(other);
  }

  #ownPage() {
    const { page, campaign } = this.#source();
    const role = this.#title ? this.#title.value : this.dataset.role;
    const query = Object.entries({ role, page, campaign }).filter(([, value]) => value);
    return `${this.#service.address}/?${new URLSearchParams(query)}`;
  }

  #announce(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

function linkTo(link, url) {
  if (!link || !url) return;
  link.href = url;
  link.hidden = false;
}

customElements.define("ai-exposure-form", ExposureForm);
