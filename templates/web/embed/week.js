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
