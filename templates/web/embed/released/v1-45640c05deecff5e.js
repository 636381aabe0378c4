/* ai-exposure-form, version 1 */
(() => {
"use strict";
if (customElements.get("ai-exposure-form")) return;
const WORDS = {"heading": "Get your personalized AI exposure report", "sub": "No spam. One personalized report.", "email": "Email", "email_missing": "Please enter your email address.", "did_you_mean": "Did you mean {address}?", "change_it": "Yes, send it to {address}", "keep_it": "No, {address} is right", "role": "Your job title", "role_missing": "Please enter your job title.", "role_hint": "In your own words. We read titles in English, German, Spanish, French and Portuguese; for another language, write the English title.", "suggestions": "Job titles", "read_as": "We read this as {title}. Not right? Write it in other words.", "several": "This can mean several jobs. Which is yours?", "all_of_them": "None of these, or a bit of each", "all_of_them_hint": "We write about all of them together: true, but less exact.", "all_of_them_chosen": "We write about {title} together.", "unknown": "We have no figures for this title yet, so there would be no report to send.", "nearest": "The nearest that we have:", "no_nearest": "Try it in other words, or as the usual English title.", "unknown_ways": "Or add your week below: where we know most of it, we write about that. Or send it as it is: if we learn the title within {days} days, your report follows then.", "send_anyway": "Send it as it is", "week": "Add your week (optional)", "tasks": "What you do, in hours or percent", "tasks_hint": "Tick what you do. Tasks without a number count equally.", "time_for": "Time for: {task}", "example_time": "e.g. {share}", "own_task": "Another task, in your words ({number})", "own_task_example": "Another task", "own_time": "Time for the other task {number}", "add_task": "Add another task", "together": "Together: {sum}", "show_tasks": "Show the tasks of my role", "skills": "Skills, separated by commas", "years": "Years of experience", "fine_print": "You ask us for one letter by email. It has an unsubscribe link, and we can forget you at any time.", "privacy": "Privacy", "send": "Get your personalized assessment", "sending": "Sending…", "try_again": "Try again", "leave_empty": "Leave this empty", "form": "The form", "unavailable": "We could not take this just now. Nothing was sent and nothing is lost: what you typed is still here. Try again in a minute.", "no_answer": "No answer came. Your request may have reached us all the same. What you typed is still here, and sending it again is safe: each person gets one report.", "not_here": "This page cannot send the form.", "own_page": "Open the form on a page of its own", "received": "We have your request", "on_its_way": "If this address has not had its report yet, it is on its way, usually within a few minutes.", "sender": "It comes from {sender}.", "about": "It is about {title}.", "spam": "Nothing there in an hour? Look in your spam folder.", "contact": "Ask us", "one_letter": "It is one letter. Nothing follows it.", "no_report": "We have no figures for this title yet, so no report is on its way.", "kept": "We keep your request for {days} days and write if we learn the title by then. After that we delete it.", "change_title": "Try another title", "back": "Back to the form"};
const FORM = "<form id=\"signup\" class=\"signup\" part=\"form\" novalidate>\n<h2 class=\"heading\" part=\"heading\">Get your personalized AI exposure report</h2>\n<p class=\"sub\" part=\"sub\">No spam. One personalized report.</p>\n<p class=\"trap\" aria-hidden=\"true\">\n<label>Leave this empty <input name=\"website\" value=\"\" tabindex=\"-1\" autocomplete=\"off\"></label>\n</p>\n<div class=\"field\">\n<label for=\"email\">Email</label>\n<input id=\"email\" name=\"email\" type=\"email\" required maxlength=\"254\" autocomplete=\"email\" part=\"input\" aria-describedby=\"email-error\" value=\"\">\n<p class=\"hint bad\" id=\"email-error\" part=\"error\" hidden></p>\n<div id=\"slip\" class=\"say\" part=\"question\" hidden>\n</div>\n</div>\n<div class=\"field\">\n<label for=\"role\" id=\"role-label\">Your job title</label>\n<div class=\"combobox\">\n<input id=\"role\" name=\"role\" required maxlength=\"200\" autocomplete=\"organization-title\" part=\"input\" aria-describedby=\"role-error role-hint\" value=\"\" role=\"combobox\" aria-autocomplete=\"list\" aria-expanded=\"false\" aria-controls=\"suggestions\">\n<ul id=\"suggestions\" role=\"listbox\" aria-label=\"Job titles\" part=\"suggestions\" hidden></ul>\n</div>\n<p class=\"hint bad\" id=\"role-error\" part=\"error\" hidden></p>\n<div id=\"role-hint\" class=\"hint\" aria-live=\"polite\" part=\"hint\">In your own words. We read titles in English, German, Spanish, French and Portuguese; for another language, write the English title.</div>\n<div id=\"offer\" role=\"group\" aria-labelledby=\"role-hint\" part=\"offer\" hidden></div>\n</div>\n<details id=\"profile\" part=\"week\">\n<summary>Add your week (optional)</summary>\n<fieldset id=\"tasks\">\n<legend>What you do, in hours or percent</legend>\n<p class=\"hint\">Tick what you do. Tasks without a number count equally.</p>\n<div id=\"task-list\">\n</div>\n<div id=\"own-tasks\"></div>\n<div class=\"sum\"><button type=\"button\" id=\"add-task\" class=\"quiet\" part=\"button quiet\">Add another task</button><span id=\"together\" aria-live=\"polite\"></span></div>\n</fieldset>\n<div class=\"field\">\n<label for=\"skills\">Skills, separated by commas</label>\n<input id=\"skills\" name=\"skills\" maxlength=\"2000\" autocomplete=\"off\" part=\"input\" value=\"\">\n</div>\n<div class=\"field\">\n<label for=\"experience_years\">Years of experience</label>\n<input id=\"experience_years\" name=\"experience_years\" type=\"number\" min=\"0\" max=\"80\" step=\"any\" inputmode=\"decimal\" part=\"input\" value=\"\">\n</div>\n</details>\n<slot name=\"challenge\"></slot>\n<div id=\"problem\" class=\"say\" role=\"alert\" tabindex=\"-1\" part=\"problem\" hidden></div>\n<button id=\"send\" part=\"button\" type=\"submit\">Get your personalized assessment</button>\n<p id=\"status\" class=\"hint\" role=\"status\" part=\"status\"></p>\n<p class=\"fine\" part=\"fine-print\">You ask us for one letter by email. It has an unsubscribe link, and we can forget you at any time. <a id=\"privacy\" hidden>Privacy</a></p>\n</form>";
const ANSWER = "<section class=\"done\" part=\"answer\">\n<h2 class=\"heading\" tabindex=\"-1\" part=\"heading\">We have your request</h2>\n<div class=\"known\">\n<p>If this address has not had its report yet, it is on its way, usually within a few minutes.</p>\n<ul>\n<li class=\"sender\"></li>\n<li class=\"about\"></li>\n<li>Nothing there in an hour? Look in your spam folder. <a class=\"contact\" hidden>Ask us</a></li>\n</ul>\n<p class=\"fine\">It is one letter. Nothing follows it.</p>\n</div>\n<div class=\"unknown\">\n<p><b>We have no figures for this title yet, so no report is on its way.</b></p>\n<p class=\"kept\"></p>\n<p><button type=\"button\" id=\"again\" class=\"quiet\" part=\"button quiet\">Try another title</button></p>\n</div>\n</section>";
const STYLE = "/* The form of the page at `/`, and of the element of /embed.js, where `:host` is the element. Colours come from the theme. */\n:host { all: initial !important; display: block !important; color-scheme: inherit !important; }\n:host([hidden]) { display: none !important; }\n:where(:host) .exposure { all: initial; display: block; color-scheme: inherit; }\n.exposure { color: var(--ink); font: var(--t2)/1.55 var(--font); text-align: left; -webkit-text-size-adjust: 100%; }\n.exposure *, .exposure *::before { box-sizing: border-box; }\n.exposure [hidden] { display: none !important; }\n.exposure :where(h1, h2, h3, h4, h5, h6, p, ul, fieldset) { margin: 0; padding: 0; border: 0; min-width: 0; }\n.exposure ul { list-style: none; }\n.exposure a { color: var(--brand); }\n.exposure :is(.signup, .done) { display: block; background: var(--surface); border: 1px solid var(--line); border-top: 5px solid var(--accent); border-radius: 10px; padding: 24px clamp(16px, 5%, 26px); }\n.exposure .heading { font-size: 21px; line-height: 1.3; letter-spacing: -.2px; font-weight: 700; margin-bottom: 4px; text-wrap: balance; }\n.exposure :is(.sub, .hint, .fine) { color: var(--soft); font-size: var(--t1); line-height: 1.45; }\n.exposure .sub { margin-bottom: 18px; }\n.exposure > .back { margin-top: 16px; }\n.exposure .fine { font-size: var(--t0); line-height: 1.5; margin-top: 10px; }\n.exposure .field { margin-bottom: 16px; }\n.exposure :is(.field > label, legend) { display: block; font-weight: 700; font-size: var(--t1); margin-bottom: 5px; padding: 0; }\n.exposure input:not([type=checkbox]) { appearance: none; width: 100%; min-height: 44px; margin: 0; font: inherit; color: var(--ink); background: var(--surface); border: 1px solid var(--edge); border-radius: 6px; padding: 9px 12px; }\n.exposure input::placeholder { color: var(--soft); opacity: 1; }\n.exposure input[type=checkbox] { flex: none; width: 20px; height: 20px; margin: 0; accent-color: var(--brand); }\n.exposure input[aria-invalid=true] { border: 2px solid var(--alert); background: var(--alert-wash); }\n.exposure :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }\n.exposure button { display: inline-block; min-height: 44px; margin: 0; font: 700 var(--t2)/1.4 var(--font); color: var(--on-brand); background: var(--brand); border: 2px solid var(--brand); border-radius: 6px; padding: 9px 20px; cursor: pointer; }\n.exposure button:hover { background: var(--brand-hover); border-color: var(--brand-hover); }\n.exposure button.quiet { font-size: var(--t1); color: var(--brand); background: var(--surface); padding: 9px 14px; text-align: left; overflow-wrap: anywhere; }\n.exposure button.quiet:hover { color: var(--brand-hover); background: var(--sunk); border-color: var(--brand-hover); }\n.exposure button small { display: block; font-size: var(--t0); font-weight: 400; color: var(--soft); }\n.exposure #send { width: 100%; }\n.exposure #send[aria-disabled=true] { background: var(--surface); color: var(--soft); border-color: var(--edge); cursor: default; }\n.exposure .hint { margin-top: 6px; }\n.exposure .hint:empty { margin: 0; }\n.exposure .hint.ok { color: var(--ink); }\n.exposure .hint.ok b { color: var(--brand); }\n.exposure .hint.no { color: var(--ink); font-weight: 700; }\n.exposure .hint.bad { display: flex; color: var(--alert); font-weight: 700; }\n.exposure .sign { flex: none; display: inline-block; width: 20px; height: 20px; line-height: 20px; border-radius: 50%; margin-right: 6px; text-align: center; font-size: 13px; font-weight: 700; color: var(--on-brand); background: var(--brand); }\n.exposure .bad .sign { color: var(--surface); background: var(--alert); }\n.exposure .say { border-left: 5px solid var(--accent); background: var(--wash); padding: 12px 16px; margin: 8px 0 16px; font-size: var(--t1); overflow-wrap: anywhere; }\n.exposure .field .say { margin-bottom: 0; }\n.exposure .say > * + * { margin-top: 6px; }\n.exposure .choices { display: grid; gap: 8px; margin-top: 8px; }\n.exposure .combobox { position: relative; }\n.exposure [role=listbox] { position: absolute; z-index: 2; top: 100%; left: 0; right: 0; max-height: 280px; overflow-y: auto; margin-top: 2px; background: var(--surface); border: 1px solid var(--edge); border-radius: 6px; }\n.exposure [role=option] { display: flex; align-items: center; min-height: 44px; padding: 6px 12px; cursor: pointer; overflow-wrap: anywhere; }\n.exposure [role=option]:hover { background: var(--sunk); }\n.exposure [role=option][aria-selected=true] { color: var(--on-brand); background: var(--brand); outline: 2px solid transparent; outline-offset: -2px; }\n.exposure details { border: 1px solid var(--line); border-width: 1px 0; margin: 0 0 18px; padding: 0; background: none; border-radius: 0; }\n.exposure summary { cursor: pointer; min-height: 44px; padding: 10px 0; font-weight: 700; font-size: var(--t1); color: var(--brand); }\n.exposure .task { display: grid; grid-template-columns: minmax(0, 1fr) 84px; gap: 10px; align-items: center; margin: 6px 0; }\n.exposure .task label { display: flex; gap: 10px; align-items: center; min-height: 44px; font-size: var(--t1); font-weight: 400; line-height: 1.35; overflow-wrap: anywhere; }\n.exposure .task input[type=number] { text-align: right; padding: 9px 8px; }\n.exposure fieldset { margin-bottom: 16px; }\n.exposure .sum { display: flex; justify-content: space-between; align-items: center; gap: 10px; margin: 10px 0 0; font-size: var(--t1); font-variant-numeric: tabular-nums; }\n.exposure .done .heading { color: var(--brand); outline-offset: 4px; }\n.exposure .done ul { margin-top: 14px; border-top: 1px solid var(--line); }\n.exposure .done li { padding: 10px 0; border-bottom: 1px solid var(--line); font-size: var(--t1); }\n.exposure .done li:empty { display: none; }\n.exposure .unknown > * + * { margin-top: 12px; }\n.exposure :is(.trap, .unseen) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; min-height: 0; padding: 0; border: 0; }\n";
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

// Requests to the service. Each try has a time limit; one that gets no answer, or a server's error, is tried once more.
// That is safe for a signup too: with the same token and the same content it is the same signup.

const TIME_LIMIT_MS = 10000;
const MOST_WAIT_MS = 5000; // before the second try, whatever Retry-After says

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

class Service {
  constructor(address) {
    this.address = address;
  }

  // `signal` gives a request up that is no longer of use; `tries` is 1 where the next key press asks again.
  get(path, { signal, tries = 2 } = {}) {
    return this.#ask(path, {}, tries, signal);
  }

  post(path, body) {
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) }, 2);
  }

  async #ask(path, options, tries, signal) {
    for (let left = tries - 1; ; left -= 1) {
      try {
        const answer = await this.#once(path, options, signal);
        if (answer.status < 500 || left === 0) return answer;
        await pause(Math.min(answer.retryAfterMs, MOST_WAIT_MS));
      } catch (failure) {
        if (left === 0 || (signal && signal.aborted)) throw failure;
      }
    }
  }

  async #once(path, options, signal) {
    const limit = new AbortController();
    const stop = () => limit.abort();
    const timer = setTimeout(stop, TIME_LIMIT_MS);
    if (signal) signal.addEventListener("abort", stop);
    try {
      const response = await fetch(this.address + path, { ...options, credentials: "omit", signal: limit.signal });
      const text = await response.text();
      const retryAfterMs = (Number(response.headers.get("Retry-After")) || 1) * 1000;
      return { status: response.status, retryAfterMs, body: parsed(text) };
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", stop);
    }
  }
}

// A proxy's own error is no JSON.
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// The short word at the end of a problem's type: "form-token", "address-typo".
function problemOf(answer) {
  return String(answer.body.type || "").split(":").pop();
}

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

// The part of the form about a person's week: tasks of the role and in their own words, skills, years.

const MOST_OWN_TASKS = 10;

class Week {
  constructor(form) {
    this.form = form;
    this.list = form.querySelector("#task-list");
    this.own = form.querySelector("#own-tasks");
    this.add = form.querySelector("#add-task");
    this.add.addEventListener("click", () => this.#addOwn().focus());
    form.querySelector("#tasks").addEventListener("input", () => this.#sum());
    this.#addOwn();
  }

  // Shows the tasks of a role; what was said about one of them already stays.
  show(tasks) {
    const said = new Map([...this.list.children].map((line) => [line.dataset.slug, line]));
    this.list.replaceChildren(...tasks.map((task) => said.get(task.slug) || this.#line(task)));
    this.#sum();
  }

  tasks() {
    const lines = [...this.list.children].filter((line) => line.querySelector("[type=checkbox]").checked);
    const own = [...this.own.children].filter((line) => line.firstElementChild.value.trim());
    return [
      ...lines.map((line) => ({ task: line.dataset.slug, share: numberIn(line.lastElementChild) })),
      ...own.map((line) => ({ task: line.firstElementChild.value.trim(), share: numberIn(line.lastElementChild) })),
    ];
  }

  profile() {
    const skills = this.form.elements.skills.value.split(/[,;\n•]/).map((skill) => skill.trim()).filter(Boolean);
    return { tasks: this.tasks(), skills, experience_years: numberIn(this.form.elements.experience_years) };
  }

  #line(task) {
    const box = make("input", { type: "checkbox" });
    const time = timeField(plain("time_for", { task: task.name }));
    time.placeholder = plain("example_time", { share: task.share });
    time.addEventListener("input", () => { if (time.value) box.checked = true; });
    return make("div", { class: "task", "data-slug": task.slug }, make("label", {}, box, task.name), time);
  }

  #addOwn() {
    const number = this.own.children.length + 1;
    const name = make("input", {
      maxlength: "200", "aria-label": plain("own_task", { number }), placeholder: plain("own_task_example"), part: "input",
    });
    this.own.append(make("div", { class: "task" }, name, timeField(plain("own_time", { number }))));
    this.add.hidden = number >= MOST_OWN_TASKS;
    return name;
  }

  #sum() {
    const sum = this.tasks().reduce((total, task) => total + (task.share || 0), 0);
    this.form.querySelector("#together").textContent = sum ? plain("together", { sum: Math.round(sum * 100) / 100 }) : "";
  }
}

function timeField(label) {
  return make("input", {
    type: "number", min: "0", max: "1000000", step: "any", inputmode: "decimal", "aria-label": label, part: "input",
  });
}

// undefined, which JSON leaves out, where nothing is entered.
function numberIn(field) {
  return field.value.trim() === "" ? undefined : Number(field.value);
}

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

})();
