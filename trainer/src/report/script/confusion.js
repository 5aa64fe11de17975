// What is taken for what: a matrix whose cells open the wrong images, or lists of pairs and classes where they are many.

const pairName = ({ label, guess }) => `${classes[label]} taken for ${classes[guess]}`;

/** A button with the number of a pair's images, which opens them. */
function pairButton(pair, open) {
  const button = element(
    "button",
    {
      type: "button",
      attributes: {
        "aria-label": `${pairName(pair)}: ${plural(pair.images, "image")}`,
        "aria-pressed": "false",
        "aria-controls": "wrong-images",
      },
    },
    String(pair.images),
  );
  button.addEventListener("click", () => open(button, pair));
  return button;
}

function showWrong(detail, pair) {
  const shown = pair.wrong;
  const how =
    shown.length < pair.images
      ? `the ${shown.length} surest of ${counted(pair.images)}, which is all that the page has room for`
      : plural(pair.images, "image");
  const caption = (picture) => {
    const probabilities = softmax(answerOf(picture, detail), 1);
    return [
      `${classes[pair.label]} → ${classes[pair.guess]}`,
      `${percent(probabilities.get(pair.guess), 1)}, not ${percent(probabilities.get(pair.label), 1)}`,
    ];
  };
  byId("wrong-images").replaceChildren(
    element("h3", {}, `${pairName(pair)}: ${how}`),
    gallery(shown, caption, detail),
  );
}

/** Opens a pair's images and marks its button; one is marked at a time. */
function opener(detail) {
  let pressed = null;
  return (button, pair) => {
    if (pressed) pressed.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", "true");
    pressed = button;
    showWrong(detail, pair);
  };
}

/** The names of columns are turned where they are longer than this. */
const UPRIGHT_LETTERS = 3;

function matrix(detail) {
  const { matrix: counts, pairs } = data.details[detail];
  const largest = Math.max(1, ...pairs.map((pair) => pair.images));
  const open = opener(detail);
  const byCell = new Map(pairs.map((pair) => [pair.label * classes.length + pair.guess, pair]));
  const cell = (count, label, guess) => {
    if (label === guess) return element("span", { className: "diagonal" }, String(count));
    if (!count) return element("span", { className: "none", attributes: { "aria-label": "0" } }, "·");
    const button = pairButton(byCell.get(label * classes.length + guess), open);
    button.style.setProperty("--heat", (8 + 52 * (Math.log(1 + count) / Math.log(1 + largest))).toFixed(0));
    return button;
  };
  const head = element(
    "tr",
    {},
    element("th", { attributes: { "aria-label": "label, by answer" } }, "↓ is"),
    ...classes.map((name) =>
      element("th", { title: name, attributes: { scope: "col" } }, element("span", {}, name)),
    ),
  );
  const rows = counts.map((row, label) =>
    element(
      "tr",
      {},
      element("th", { title: classes[label], attributes: { scope: "row" } }, classes[label]),
      ...row.map((count, guess) => element("td", {}, cell(count, label, guess))),
    ),
  );
  const table = element(
    "table",
    { className: `matrix${longestName > UPRIGHT_LETTERS ? " turned" : ""}` },
    element("caption", {}, wrongText(detail)),
    element("thead", {}, head),
    element("tbody", {}, ...rows),
  );
  // Twenty classes are wider than a phone.
  table.style.minWidth = `${2 * classes.length + 4}rem`;
  return element(
    "div",
    { className: "scroll", tabIndex: 0, attributes: { role: "region", "aria-label": "confusion matrix" } },
    table,
  );
}

function wrongText(detail) {
  const wrong = data.networks[data.details[detail].network].evaluation.errors;
  return `${detailName(detail)}: ${counted(wrong)} of ${imagesText} wrong`;
}

/** `the 100 most frequent of 2,000 confused pairs`, or `2 confused pairs` where all are shown; `all` says how many. */
const ofAll = (shown, count, what, all) => (shown < count ? `the ${counted(shown)} ${what} of ${all}` : all);

function lists(detail) {
  const { pairs, confused_pairs: allPairs, worst, confused_classes: allClasses } = data.details[detail];
  const open = opener(detail);
  const pairRows = pairs.map((pair) => [pairButton(pair, open), classes[pair.label], classes[pair.guess]]);
  const worstRows = worst.map(({ class: position, images, errors }) => [
    classes[position],
    counted(images),
    counted(errors),
    percent(1 - errors / images, 1),
  ]);
  const pairTable = tableOf(
    ofAll(pairs.length, allPairs, "most frequent", plural(allPairs, "confused pair")),
    ["images", "is", "taken for"],
    pairRows,
    [0, 1, 2],
  );
  pairTable.classList.add("pairs");
  const classTable = tableOf(
    `${ofAll(worst.length, allClasses, "worst", plural(allClasses, "class", "classes"))} with errors, of ${counted(classes.length)} in all`,
    ["class", "images", "wrong", "right"],
    worstRows,
  );
  const heading = element("p", { className: "quiet" }, wrongText(detail));
  return element("div", {}, heading, folded("The worst classes", classTable), pairTable);
}

function showConfusion() {
  if (!data.details.length) {
    hideSection("confusion");
    return;
  }
  const many = data.details[0].matrix === null;
  byId("confusion-text").textContent = many
    ? "Which classes the network mixes up most. Each number opens its images."
    : "Rows are what the images are, columns what the network says. Each number off the diagonal opens its images.";
  const show = (detail) => {
    byId("confusion").replaceChildren(many ? lists(detail) : matrix(detail));
    byId("wrong-images").replaceChildren(element("p", { className: "quiet" }, "No pair is open yet."));
  };
  const student = data.details.findIndex(({ network }) => network === data.leaders.distilled);
  byId("confusion-controls").before(
    element(
      "p",
      { className: "quiet" },
      data.caps.cell
        ? `A pair of classes shows at most ${plural(data.caps.cell, "image")}, the surest errors first.`
        : "There is no room for pictures of each pair on this page.",
    ),
  );
  byId("confusion-controls").append(choice("Network", detailNames, show, Math.max(0, student)));
}

showConfusion();
