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

/** What a network says of a picture: the logits of all classes, or of some, and the others in groups of like logits. */
function answerOf(picture, detail) {
  const logits = picture.logits[detail];
  return Array.isArray(logits)
    ? { classes: logits.map((_, index) => index), logits, others: [] }
    : logits;
}

/** q_i = exp(z_i / T) / sum_j exp(z_j / T), by class; a group of others adds its mean for each of them. */
function softmax({ classes: known, logits, others }, temperature) {
  const largest = Math.max(...logits);
  const exponential = (logit) => Math.exp((logit - largest) / temperature);
  const sum =
    logits.reduce((total, logit) => total + exponential(logit), 0) +
    others.reduce((total, [mean, count]) => total + count * exponential(mean), 0);
  return new Map(known.map((index, position) => [index, exponential(logits[position]) / sum]));
}

/** The known classes from the most to the least likely, the first of equals first. */
function ranked({ classes: known, logits }) {
  const order = known.map((_, position) => position);
  order.sort((a, b) => logits[b] - logits[a] || known[a] - known[b]);
  return order.map((position) => known[position]);
}

function pictureTitle(picture) {
  return `${picture.files} image ${counted(picture.index)}: ${classes[picture.label]}`;
}

const [, PICTURE_HEIGHT, PICTURE_WIDTH] = data.data.shape;
/** Pixels of pictures that are as small as this are shown as squares. */
const SMALL_SIDE = 64;
const isSmall = Math.max(PICTURE_HEIGHT, PICTURE_WIDTH) <= SMALL_SIDE;

/** A picture whose longer side has `side` pixels of the page. */
function pictureImage(picture, side = isSmall ? 56 : 84) {
  const scale = side / Math.max(PICTURE_HEIGHT, PICTURE_WIDTH);
  const [width, height] = [PICTURE_WIDTH, PICTURE_HEIGHT].map((length) =>
    Math.max(1, Math.round(length * scale)),
  );
  const className = `picture${isSmall ? " small" : ""}${data.data.drawings ? " drawn" : ""}`;
  return element("img", { src: picture.uri, className, alt: pictureTitle(picture), width, height });
}

const longestName = Math.max(...classes.map((name) => name.length));
document.documentElement.style.setProperty("--name-length", longestName);

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
