// Sends the form without a reload: its values go as JSON to the decision endpoint, and the answer fills a template of
// the page. Text is always set as text, never as HTML.
const form = document.getElementById("form");
const controls = form ? [...form.querySelectorAll("[data-sent]")] : [];

const hidden = (element, hide) => { element.hidden = hide; };
const near = (control, what) => document.getElementById(control.id.replace("field", what));

// The browser's message for a value that cannot be sent. The contract judges the ranges.
function unreadable({ validity }) {
  if (validity.badInput) return "is not a number";
  if (validity.valueMissing) return "needs a value";
  return validity.stepMismatch ? "is not a whole number" : "";
}

// Checks every value, so that one that cannot be sent does not hide the others.
function findProblem(control) {
  const { rangeUnderflow, rangeOverflow } = control.validity;
  const range = rangeUnderflow ? `is lower than ${control.min}` : rangeOverflow ? `is greater than ${control.max}` : "";
  const [value, problem, allowed] = [control.value, unreadable(control) || range, control.dataset.allowed];
  return { column: control.name, value, problem, allowed };
}

function toJson(control) {
  if (control.dataset.sent === "number") return Number(control.value);
  return control.dataset.sent === "literal" ? JSON.parse(control.value) : control.value;
}

const filled = () => Object.fromEntries(controls.filter((c) => c.value !== "").map((c) => [c.name, toJson(c)]));

function describe({ value, problem, allowed }) {
  const found = value ? value + (problem.startsWith("is ") ? " " : ": ") + problem : problem;
  return allowed ? `${found}. Allowed: ${allowed}.` : `${found}.`;
}

// Lists problems above the form and beside their fields, and goes to the first.
function showProblems(errors) {
  const list = document.querySelector("#problems ul");
  list.replaceChildren();
  for (const control of controls) {
    const error = errors.find((e) => e.column === control.name);
    const beside = near(control, "error");
    beside.textContent = error ? describe(error) : "";
    hidden(beside, !error);
    error ? control.setAttribute("aria-invalid", "true") : control.removeAttribute("aria-invalid");
  }
  for (const error of errors) {
    const control = controls.find((c) => c.name === error.column);
    const item = document.createElement("li");
    const label = document.createElement(control ? "a" : "span");
    label.textContent = control ? control.labels[0].firstChild.textContent.trim() : error.column;
    if (control) label.href = `#${control.id}`;
    item.append(label, label.textContent ? ": " : "", describe(error));
    list.append(item);
  }
  const box = document.getElementById("problems");
  hidden(box, errors.length === 0);
  // Readers would take an earlier answer for the answer to these values.
  if (errors.length) document.getElementById("answer").replaceChildren(template("none"));
  if (errors.length) (controls.find((c) => c.hasAttribute("aria-invalid")) || box).focus();
}

const template = (id) => document.getElementById(id).content.cloneNode(true);
const percent = (share, digits) => `${(100 * share).toFixed(digits)} %`;

function counterfactual(found, positive) {
  if (!found) return "";
  if (found.found !== "change") return `No change within the limits of the search would have led to ${positive}.`;
  const changes = found.changes.map((change) => change.text).join(" and ");
  const then = percent(found.probability, 2);
  const start = `All else equal, the answer would have been ${positive}, at ${then}, with ${changes}.`;
  return `${start} This is an estimate, not a commitment.`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const slot = (part, name, text) => { part.querySelector(`[data-slot=${name}]`).textContent = text; };
const bar = (part, name, share) =>
  part.querySelector(`[data-length=${name}]`).setAttribute("width", (100 * Math.min(1, share)).toFixed(1));

function fillReasons(part, reasons) {
  const list = part.querySelector("ol");
  const blank = list.firstElementChild;
  const strongest = Math.max(...reasons.map((reason) => Math.abs(reason.moved)));
  list.replaceChildren(...reasons.map((reason) => {
    const item = blank.cloneNode(true);
    slot(item, "text", capital(reason.text));
    slot(item, "moved", (100 * Math.abs(reason.moved)).toFixed(1));
    slot(item, "improve", reason.improve);
    bar(item, "moved", Math.abs(reason.moved) / strongest);
    return item;
  }));
}

function showAnswer(reply) {
  const { positive, negative } = form.dataset;
  const shown = template("blank");
  const part = (name) => shown.querySelector(`[data-part=${name}]`);
  const kinds = { [positive]: "positive", [negative]: "negative" };
  shown.querySelector("article").className = `answer ${kinds[reply.decision] || "referred"}`;
  slot(shown, "decision", reply.decision);
  const referred = reply.probability === null;
  if (referred) {
    part("untested").textContent = reply.explanation;
    part("probability").remove();
  } else {
    slot(shown, "probability", percent(reply.probability, 1));
    bar(shown, "probability", reply.probability);
  }
  reply.reasons.length ? fillReasons(part("reasons"), reply.reasons) : part("reasons").remove();
  const change = counterfactual(reply.counterfactual, positive);
  slot(shown, "counterfactual", change);
  hidden(part("counterfactual"), !change);
  slot(shown, "contact", reply.contact ?? "");
  hidden(part("contact"), !reply.contact);
  replaceAnswer(shown);
}

function replaceAnswer(shown) {
  const answer = document.getElementById("answer");
  answer.replaceChildren(shown); // a live region: it is read out, and the focus stays where it is
  answer.scrollIntoView({ block: "nearest" });
}

function showFailure(text) {
  const failure = document.createElement("p");
  failure.className = "notice";
  failure.textContent = text;
  replaceAnswer(failure);
}

async function decide(event) {
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  const unsendable = controls.some(unreadable);
  showProblems(unsendable ? controls.map(findProblem).filter(({ problem }) => problem) : []);
  if (unsendable) return;
  form.setAttribute("aria-busy", "true");
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(form.dataset.path, { method: "POST", headers, body: JSON.stringify(filled()) });
    const reply = await response.json();
    if (response.ok) showAnswer(reply);
    else if (reply.errors) showProblems(reply.errors);
    else showFailure(reply.detail);
  } catch {
    showFailure("The service cannot be reached. What you entered is still here: try again in a moment.");
  }
  form.removeAttribute("aria-busy");
  refresh();
}

// The service draws the figures. They stay as they are while somebody reads them as a table.
async function refresh() {
  const figures = document.getElementById("figures");
  if (document.hidden || figures.querySelector("details[open]") || figures.contains(document.activeElement)) return;
  try {
    const response = await fetch("/page/recent");
    if (!response.ok) return;
    const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
    figures.replaceChildren(...drawn.body.childNodes);
  } catch {
    // The figures stay as they were.
  }
}

function openAll(button) {
  hidden(button, false);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    document.querySelectorAll("details.family").forEach((family) => { family.open = open; });
  });
}

if (form) {
  form.noValidate = true;
  form.addEventListener("submit", decide);
}
const all = document.getElementById("open-all");
if (all) openAll(all);
setInterval(refresh, 10_000);
