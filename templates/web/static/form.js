// The form works without this script. With it, the tasks of a role appear once the role is chosen, and the answer
// appears on the same page. A website that copies the form sets data-api on it to the URL of `worker serve`.
(function () {
  "use strict";
  const form = document.getElementById("signup");
  const api = form.dataset.api || "";
  const role = document.getElementById("role");
  const hint = document.getElementById("role-hint");
  const list = document.getElementById("task-list");
  const answer = document.getElementById("answer");
  const initialHint = hint.textContent;
  let shown = role.value && list.children.length ? role.value : "";
  let timer = 0;
  document.body.classList.add("scripted");

  function taskLine(task) {
    const line = document.createElement("div");
    line.className = "task";
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.name = "task";
    box.value = task.slug;
    label.append(box, " " + task.name);
    const share = document.createElement("input");
    share.type = "number";
    share.name = "share:" + task.slug;
    share.min = "0";
    share.max = "1000000";
    share.step = "any";
    share.inputMode = "decimal";
    share.placeholder = "e.g. " + task.share;
    share.setAttribute("aria-label", "Time for: " + task.name);
    share.addEventListener("input", () => { if (share.value) box.checked = true; });
    line.append(label, share);
    return line;
  }

  async function showRole() {
    const title = role.value.trim();
    if (!title || title === shown) return;
    let found;
    try {
      const response = await fetch(api + "/v1/roles?q=" + encodeURIComponent(title.slice(0, 200)));
      if (!response.ok) return;
      found = await response.json();
    } catch { return; }
    if (role.value.trim() !== title) return;
    shown = title;
    const reading = found.reading;
    list.replaceChildren(...(reading ? reading.tasks.map(taskLine) : []));
    hint.textContent = reading ? hintOf(reading) : hintWithoutRole(found.roles);
  }

  function hintOf(reading) {
    return reading.kind === "family"
      ? "This may mean " + reading.title + ": the report covers them together."
      : "We read this as " + reading.title + ".";
  }

  function hintWithoutRole(candidates) {
    const titles = candidates.slice(0, 3).map((candidate) => candidate.title).join(", ");
    return titles
      ? "Do you mean " + titles + "? Otherwise we rate only the tasks that you enter below."
      : "We have no report for this role yet. Enter your tasks below, and we rate those we know.";
  }

  role.addEventListener("input", () => {
    clearTimeout(timer);
    hint.textContent = initialHint;
    timer = setTimeout(showRole, 250);
  });
  role.addEventListener("change", showRole);
  if (role.value && !shown) showRole();

  function number(text) {
    return text.trim() === "" ? undefined : Number(text);
  }

  function signup(submitter) {
    const data = new FormData(form);
    const chosen = submitter && submitter.name ? { [submitter.name]: submitter.value } : {};
    const tasks = data.getAll("task").map((slug) => ({ task: slug, share: number(data.get("share:" + slug) || "") }));
    for (const [name, value] of data) {
      const own = /^own:(\d+)$/.exec(name);
      if (own && value.trim()) tasks.push({ task: value.trim(), share: number(data.get("own_share:" + own[1]) || "") });
    }
    const skills = data.get("skills").split(",").map((skill) => skill.trim()).filter(Boolean);
    const source = { page: data.get("page") || undefined, campaign: data.get("campaign") || undefined };
    return {
      email: chosen.email_corrected || data.get("email"), email_confirmed: chosen.email_confirmed || "",
      role: data.get("role"), form_token: data.get("form_token"), website: data.get("website"), ...challenge(data),
      profile: { tasks, skills, experience_years: number(data.get("experience_years")) }, source,
    };
  }

  // The answer to a challenge, where the page has the widget of a CAPTCHA.
  function challenge(data) {
    const names = ["challenge", "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response"];
    const answered = names.map((name) => data.get(name)).find(Boolean);
    return answered ? { challenge: answered } : {};
  }

  // Returns how many seconds the form must be open before it is sent with the new token.
  async function renewToken() {
    const response = await fetch(api + "/v1/form-token");
    if (!response.ok) return 0;
    const renewed = await response.json();
    form.elements.form_token.value = renewed.form_token;
    return renewed.min_fill_s;
  }

  function post(submitter) {
    return fetch(api + "/v1/signups", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(signup(submitter)),
    });
  }

  const isProblem = (problem, kind) => (problem.type || "").endsWith(":" + kind);

  async function send(submitter) {
    let response = await post(submitter);
    let problem = response.status === 202 ? null : await response.json();
    if (problem && isProblem(problem, "form-token")) {  // too old, or opened in another network: once more with a new one
      const wait = await renewToken();
      await new Promise((resolve) => setTimeout(resolve, wait * 1000 + 250));
      response = await post(submitter);
      problem = response.status === 202 ? null : await response.json();
    }
    return problem;
  }

  function choice(text, name, value) {
    const button = document.createElement("button");
    button.type = "submit";
    button.className = "quiet";
    button.name = name;
    button.value = value;
    button.textContent = text;
    return button;
  }

  function askAboutTypo(problem) {
    const typed = form.elements.email.value;
    const intended = typed.trim().replace(/[^@]*$/, problem.suggested_domain);
    answer.replaceChildren(
      "Did you mean " + intended + "? ", choice("Yes, send it to " + intended, "email_corrected", intended), " ",
      choice("No, " + typed + " is right", "email_confirmed", typed),
    );
  }

  function refuse(problem) {
    answer.className = "refused";
    const errors = problem.errors || [];
    answer.textContent = [problem.detail, ...errors.map((error) => (error.label || error.field) + ": " + error.problem)].join(" ");
    for (const error of errors) {
      const field = form.elements[error.field];
      if (field && field.setAttribute) field.setAttribute("aria-invalid", "true");
    }
    const first = errors.length && form.elements[errors[0].field];
    if (first && first.focus) first.focus();
  }

  form.addEventListener("submit", async (event) => {
    if (event.submitter && event.submitter.formMethod === "get") return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]:not(.quiet)");
    button.disabled = true;
    answer.className = "";
    answer.textContent = "Sending…";
    form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
    try {
      const problem = await send(event.submitter);
      if (!problem) {
        answer.textContent = "We have your request. If this address has not had its report yet, it is on its way.";
        form.elements.email.value = "";
        await renewToken();
      } else if (isProblem(problem, "address-typo")) {
        askAboutTypo(problem);
      } else {
        if (isProblem(problem, "rate-limited")) await renewToken();
        refuse(problem);
      }
    } catch {
      answer.className = "refused";
      answer.textContent = "The request did not get through. Please try again.";
    } finally {
      button.disabled = false;
    }
  });

  if (api) renewToken();
})();
