// Sorting, filtering, values on hover and the what-if panel of a report. Without this script the
// page holds the same tables and charts; nothing here calculates a figure.
"use strict";

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

// ── tables ──

// The number behind a cell, or nothing for words and missing figures.
const numberOf = (cell) => ("n" in cell.dataset ? Number(cell.dataset.n) : null);

// Numbers before words before nothing, whichever way they run.
const compare = (a, b, sign) => {
  const [m, n] = [numberOf(a), numberOf(b)];
  if (m !== null && n !== null) return sign * (m - n);
  if (m !== null || n !== null) return m !== null ? -1 : 1;
  const [s, t] = [a.textContent, b.textContent];
  if (s === "–" || t === "–") return (s === "–") - (t === "–");
  return sign * s.localeCompare(t, "en", { numeric: true });
};

const sortable = (table) => {
  const body = table.tBodies[0];
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = make("button", { type: "button" }, ...header.childNodes);
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const rises = header.getAttribute("aria-sort") !== "ascending";
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", rises ? "ascending" : "descending");
      const sign = rises ? 1 : -1;
      const rows = [...body.rows];
      rows.sort((a, b) => compare(a.cells[column], b.cells[column], sign));
      body.append(...rows);
    });
  });
};

// Rows that hold every word, and none of those after a minus.
const filterable = (table) => {
  const rows = [...table.tBodies[0].rows];
  const id = `${table.id}-filter`;
  const field = make("input", { type: "search", id, autocomplete: "off", spellcheck: "false" });
  const count = make("output", { for: id });
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
      const has = (word) =>
        word.length > 1 && word.startsWith("-") ? !text.includes(word.slice(1)) : text.includes(word);
      row.hidden = !words.every(has);
      n += row.hidden ? 0 : 1;
    }
    count.textContent = `${n} of ${rows.length} rows`;
  };
  field.addEventListener("input", show);
  show();
  const label = make("label", { for: id }, "Rows with (a word after - leaves rows out) ");
  table.parentElement.before(make("p", { class: "filter" }, label, field, count));
};

for (const table of document.querySelectorAll("table[data-sortable]")) {
  sortable(table);
  if (table.tBodies[0].rows.length >= 12) filterable(table);
}

// ── charts ──

const NEAR = 40; // pixels

const tip = make("div", { class: "tip", role: "tooltip", hidden: "" });
document.body.append(tip);

for (const svg of document.querySelectorAll("figure svg")) {
  const spots = [...svg.querySelectorAll(".values circle")].map((circle) => {
    const title = circle.querySelector("title");
    const text = title.textContent;
    title.remove(); // the browser's own tip comes late and stays away from fingers
    return { circle, text, x: circle.cx.baseVal.value, y: circle.cy.baseVal.value };
  });
  let lit = null;
  const leave = () => {
    lit?.circle.classList.remove("lit");
    lit = null;
    tip.hidden = true;
  };
  const move = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let nearest = null;
    let least = NEAR * scale;
    for (const spot of spots) {
      const distance = Math.hypot(spot.x - x, spot.y - y);
      if (distance < least) [nearest, least] = [spot, distance];
    }
    if (nearest === null) return leave();
    lit?.circle.classList.remove("lit");
    lit = nearest;
    lit.circle.classList.add("lit");
    tip.textContent = lit.text;
    tip.hidden = false;
    const left = box.left + lit.x / scale + 12;
    const most = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(left, most)) + window.scrollX}px`;
    tip.style.top = `${box.top + lit.y / scale - tip.offsetHeight - 10 + window.scrollY}px`;
  };
  svg.addEventListener("pointermove", move);
  svg.addEventListener("pointerdown", move);
  svg.addEventListener("pointerleave", leave);
}

// ── what if ──

for (const panel of document.querySelectorAll(".explorer")) {
  const { axes, answers, cells } = JSON.parse(panel.querySelector("script").textContent);
  const answer = panel.querySelector("[role=status]");
  const sliders = axes.map(({ id }) => panel.querySelector(`#explore-${id}`));
  const show = () => {
    let at = 0;
    axes.forEach(({ values }, axis) => {
      const chosen = Number(sliders[axis].value);
      sliders[axis].setAttribute("aria-valuetext", values[chosen]);
      panel.querySelector(`output[for=${sliders[axis].id}]`).textContent = values[chosen];
      at = at * values.length + chosen;
    });
    answer.textContent = answers[cells[at]];
  };
  sliders.forEach((slider) => slider.addEventListener("input", show));
  panel.querySelector("button").addEventListener("click", () => {
    axes.forEach(({ planned }, axis) => { sliders[axis].value = planned; });
    show();
  });
  show();
  panel.hidden = false;
}
