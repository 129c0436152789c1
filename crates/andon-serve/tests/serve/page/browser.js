// Uses the page in the way that its path names, waits, then writes down the findings: the visible parts, and problems of
// accessibility. It is served after contrast.js.

const input = (name) => document.querySelector(`[name=${name}]`);
const press = () => document.querySelector("[type=submit]").click();
const ways = {
  look() {},
  decide() { press(); },
  deny() {
    [input("rooms").value, input("area").value, input("heating").value] = ["2", "30", "nothing"];
    press();
  },
  refuse() {
    [input("rooms").value, input("area").value] = ["21", "0.5"];
    press();
  },
  // Not the page's fault: what the checks must find.
  spoil() {
    document.querySelector("label").remove();
    document.querySelector(".lead").style.color = getComputedStyle(document.body).backgroundColor;
    document.querySelector("main").insertAdjacentHTML("afterbegin", "<h4 id='try'>x</h4><button></button>");
    document.querySelector("footer").style.width = "5000px";
  },
  async unreadable() {
    press(); // an answer, which must not stay beside other values
    await new Promise((done) => setTimeout(done, 500));
    [input("rooms").value, input("area").value] = ["", "0.5"];
    press();
  },
};

const all = (selector) => [...document.querySelectorAll(selector)];
const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const problems = [];
const check = (holds, problem) => { if (!holds) problems.push(problem); };
const spot = (element) => element.outerHTML.slice(0, 120);

function checkStructure() {
  check(document.documentElement.lang && document.title, "no language or title");
  for (const one of ["h1", "main", "body > header", "body > footer", "nav"]) {
    check(all(one).length === 1, `${all(one).length} of ${one}`);
  }
  let above = 0;
  for (const heading of all("h1,h2,h3,h4,h5,h6").filter(isShown)) {
    const level = Number(heading.tagName[1]);
    check(level <= above + 1, `h${level} under h${above}: ${spot(heading)}`);
    above = level;
  }
  const ids = all("[id]").map((element) => element.id);
  check(new Set(ids).size === ids.length, "an id is used twice");
  const skip = document.querySelector("a");
  check(skip.matches(".skip") && document.querySelector(skip.hash), "the first link does not skip to the content");
  check(document.documentElement.scrollWidth <= innerWidth, `wider than the screen: ${document.documentElement.scrollWidth}`);
}

const referred = (element, attribute) =>
  (element.getAttribute(attribute) || "").split(" ").filter(Boolean).map((id) => document.getElementById(id));

function nameOf(element) {
  const labels = [...(element.labels || []), ...referred(element, "aria-labelledby")];
  return (element.getAttribute("aria-label") || labels.map((l) => l && l.textContent).join(" ") || element.textContent).trim();
}

function checkNames() {
  const named = "a,button,summary,[tabindex='0'],[role=img],[role=region],section,nav";
  for (const element of all(named)) check(nameOf(element), `no name: ${spot(element)}`);
  for (const field of all("input,select")) {
    check(field.labels.length === 1 && nameOf(field), `no label: ${spot(field)}`);
    check(referred(field, "aria-describedby").some((text) => text && isShown(text)), `no help: ${spot(field)}`);
  }
  for (const attribute of ["aria-describedby", "aria-labelledby"]) {
    for (const element of all(`[${attribute}]`)) check(!referred(element, attribute).includes(null), `dangling: ${spot(element)}`);
  }
  for (const svg of all("svg")) check(svg.matches("[aria-hidden=true],[role=img]"), `no alternative: ${spot(svg)}`);
  for (const cell of all("th")) check(cell.scope || cell.closest(".prose"), `no scope: ${spot(cell)}`);
  check(all("[aria-live=polite]").length === 1 || !document.querySelector("form"), "no live region");
}

function checkContrast() {
  const texts = all("body *").filter((element) => isShown(element) && (hasText(element) || element.matches("input,select")));
  for (const element of texts) {
    const ratio = contrastOfText(element);
    check(ratio >= 4.5, `contrast ${ratio.toFixed(2)}: ${spot(element)}`);
  }
  for (const element of all("input,select")) {
    const ratio = contrast(getComputedStyle(element).borderTopColor, ground(element.parentElement));
    check(ratio >= 3, `contrast of a border ${ratio.toFixed(2)}: ${spot(element)}`);
  }
  return texts.length;
}

const text = (selector) => document.querySelector(selector)?.innerText.trim() ?? "";

function find() {
  const focus = document.activeElement.name || "";
  const [answer, figures] = [text("#answer"), text("#figures")];
  all("details").forEach((details) => { details.open = true; });
  checkStructure();
  checkNames();
  const texts = checkContrast();
  const invalid = all("[aria-invalid=true]").map((field) => field.name);
  const errors = all(".error").filter(isShown).map((error) => error.textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const width = innerWidth;
  const found = document.createElement("pre");
  found.id = "found";
  found.textContent = JSON.stringify({ answer, dark, errors, figures, focus, invalid, problems, texts, width });
  top.document.body.append(found);
}

addEventListener("load", () => {
  ways[location.pathname.split("/").pop()]();
  setTimeout(find, 1500);
});
