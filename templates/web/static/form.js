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

  function signup() {
    const data = new FormData(form);
    const tasks = data.getAll("task").map((slug) => ({ task: slug, share: number(data.get("share:" + slug) || "") }));
    for (const [name, value] of data) {
      const own = /^own:(\d+)$/.exec(name);
      if (own && value.trim()) tasks.push({ task: value.trim(), share: number(data.get("own_share:" + own[1]) || "") });
    }
    const skills = data.get("skills").split(",").map((skill) => skill.trim()).filter(Boolean);
    const source = { page: data.get("page") || undefined, campaign: data.get("campaign") || undefined };
    return {
      email: data.get("email"), role: data.get("role"), form_token: data.get("form_token"), website: data.get("website"),
      profile: { tasks, skills, experience_years: number(data.get("experience_years")) }, source,
    };
  }

  async function renewToken() {
    const response = await fetch(api + "/v1/form-token");
    if (response.ok) form.elements.form_token.value = (await response.json()).form_token;
  }

  form.addEventListener("submit", async (event) => {
    if (event.submitter && event.submitter.formMethod === "get") return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]:not(.quiet)");
    button.disabled = true;
    answer.className = "";
    answer.textContent = "Sending…";
    try {
      const response = await fetch(api + "/v1/signups", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(signup()),
      });
      if (response.status === 202) {
        answer.textContent = "We have your request. If this address has not had its report yet, it is on its way.";
        form.elements.email.value = "";
        await renewToken();
      } else {
        const problem = await response.json();
        if (problem.type.endsWith(":rate-limited") || problem.type.endsWith(":form-token")) await renewToken();
        const fields = (problem.errors || []).map((error) => error.field + ": " + error.problem).join("; ");
        answer.className = "refused";
        answer.textContent = problem.detail + (fields ? " " + fields : "");
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
