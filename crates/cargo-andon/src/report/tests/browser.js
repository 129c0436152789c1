// Looks at the report with everything unfolded and tells the page around it what keeps people out. Behind contrast.js.

const all = (selector) => [...document.querySelectorAll(selector)];
const spot = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`;
const texts = () => all("body *").filter((element) => element.getClientRects().length && !element.matches("title, script") && hasText(element));

function* faint() {
  for (const element of texts()) {
    const ratio = contrastOfText(element);
    if (ratio < 4.5) yield `contrast ${ratio.toFixed(2)}: ${spot(element)}`;
  }
}

function* wide() {
  const aside = ".scroll *, svg *, .unseen, .unseen *, .gates thead, .gates thead *";
  for (const element of all("body *").filter((one) => !one.matches(aside))) {
    if (element.getBoundingClientRect().right > innerWidth + 1) yield `wider than the screen: ${spot(element)}`;
  }
}

function* overlapping() {
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  for (const svg of all("svg")) {
    const labels = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [at, [one, place]] of labels.entries()) {
      for (const [other, there] of labels.slice(at + 1)) {
        if (meet(place, there)) yield `labels overlap: ${one}, ${other}`;
      }
    }
  }
}

addEventListener("load", () => {
  all("details").forEach((details) => { details.open = true; });
  const problems = [...faint(), ...wide(), ...overlapping()].slice(0, 20);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  parent.postMessage({ dark, problems, texts: texts().length, width: innerWidth }, "*");
});
