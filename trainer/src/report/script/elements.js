// Making elements, and writing numbers.

const byId = (id) => document.getElementById(id);

/** An element; `properties` are its own, `attributes` go to the markup, children that are no nodes become text. */
function element(tag, { attributes = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function svgElement(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const counted = (number) => number.toLocaleString("en-GB");
const plural = (number, noun, nouns = `${noun}s`) => `${counted(number)} ${number === 1 ? noun : nouns}`;
const percent = (share, digits = 2) => `${(share * 100).toFixed(digits)}\u00a0%`;
const pointsText = (share) => (Math.abs(share) * 100).toFixed(2);

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const superscript = (number) =>
  [...String(number)].map((sign) => (sign === "-" ? "⁻" : SUPERSCRIPTS[Number(sign)])).join("");

/** A percentage, or a power of ten where it would show as 0. */
function probabilityText(probability) {
  if (probability >= 0.00005) return percent(probability);
  if (probability <= 0) return "0";
  const exponent = Math.floor(Math.log10(probability));
  const digit = Math.round(probability / 10 ** exponent);
  return digit === 10 ? `1 × 10${superscript(exponent + 1)}` : `${digit} × 10${superscript(exponent)}`;
}

function bytesText(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e3)} kB`;
}

/** A table in a box of its own that scrolls; cells are text or nodes, `textColumns` are set to the left. */
function tableOf(caption, head, rows, textColumns = [0]) {
  const cell = (tag, content, column, scope) => {
    const attributes = scope ? { scope } : {};
    return element(tag, { className: textColumns.includes(column) ? "text" : "", attributes }, content);
  };
  const headRow = element("tr", {}, ...head.map((text, column) => cell("th", text, column, "col")));
  const bodyRows = rows.map((row) =>
    element(
      "tr",
      {},
      ...row.map((content, column) =>
        cell(column === 0 ? "th" : "td", content, column, column === 0 ? "row" : null),
      ),
    ),
  );
  const table = element(
    "table",
    {},
    element("caption", {}, element("span", {}, caption)),
    element("thead", {}, headRow),
    element("tbody", {}, ...bodyRows),
  );
  return element(
    "div",
    { className: "scroll", tabIndex: 0, attributes: { role: "region", "aria-label": caption } },
    table,
  );
}

function folded(summary, content) {
  return element("details", {}, element("summary", {}, summary), content);
}

/** A labelled choice; `change` gets the position of the chosen name, at once and at each change. */
function choice(label, names, change, first = 0) {
  const select = element(
    "select",
    {},
    ...names.map((name, position) => element("option", { value: position }, name)),
  );
  select.value = first;
  select.addEventListener("change", () => change(Number(select.value)));
  change(first);
  return element("label", {}, label, select);
}

function hideSection(name) {
  byId(`section-${name}`).hidden = true;
}
