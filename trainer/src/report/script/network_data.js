// The embedded data, and what every part of the page asks of it.

const data = JSON.parse(byId("data").textContent);
const classes = data.data.classes;

const ROLES = {
  teacher: { name: "teacher", tone: "tone-teacher", dash: "11 5", marker: "circle" },
  baseline: { name: "baseline", tone: "tone-baseline", dash: "3 4", marker: "square" },
  distilled: { name: "distilled", tone: "tone-distilled", dash: "", marker: "triangle" },
};
const styleOf = (network) => ROLES[network.role];
const detailNetwork = (detail) => data.networks[data.details[detail].network];
/** With its role, where the name does not say it. */
const fullName = (network) =>
  network.name === styleOf(network).name ? network.name : `${network.name} (${styleOf(network).name})`;
const detailName = (detail) => fullName(detailNetwork(detail));
const detailNames = data.details.map((_, detail) => detailName(detail));
const imagesText = `${counted(data.data.images)} ${data.data.split} images`;

/** q_i = exp(z_i / T) / sum_j exp(z_j / T). */
function softmax(logits, temperature) {
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp((logit - largest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** Classes from the most to the least likely, the first of equals first. */
function ranked(logits) {
  return logits.map((_, index) => index).sort((a, b) => logits[b] - logits[a] || a - b);
}

function pictureTitle(picture) {
  return `${picture.files} image ${counted(picture.index)}: ${withArticle(classes[picture.label])}`;
}

function pictureImage(picture, className = "picture") {
  return element("img", { src: picture.png, className, alt: pictureTitle(picture), width: 56, height: 56 });
}

/** Pictures as buttons that open them; `caption` gives two lines for a picture. */
function gallery(numbers, caption, detail) {
  const item = (number) => {
    const picture = data.pictures[number];
    const [first, second] = caption(picture);
    const button = element(
      "button",
      { type: "button" },
      pictureImage(picture),
      element("span", {}, first, element("br"), element("small", {}, second)),
    );
    button.addEventListener("click", () => openPicture(number, detail));
    return element("li", {}, button);
  };
  return element("ul", { className: "gallery" }, ...numbers.map(item));
}

/** A small sample of a line and its mark, for legends. */
function swatch({ tone, dash, marker, line = true, faint = false }) {
  if (faint) tone += " faint";
  const shape = line
    ? { class: `swatch ${tone}`, viewBox: "0 0 38 14" }
    : { class: `swatch small ${tone}`, viewBox: "12 0 14 14" };
  const drawing = svgElement("svg", { ...shape, "aria-hidden": "true" });
  if (line)
    drawing.append(
      svgElement("line", {
        class: "series",
        x1: 1,
        x2: 37,
        y1: 7,
        y2: 7,
        "stroke-dasharray": dash || "none",
      }),
    );
  drawing.append(markerAt(marker, 19, 7, 4.5));
  return drawing;
}

function roleMark(network) {
  const style = styleOf(network);
  return element("span", { className: "role-mark" }, swatch({ ...style, line: false }), style.name);
}
