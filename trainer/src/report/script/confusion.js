// The confusion matrix, whose cells open the wrong images.

function matrixCell(detail, label, guess, largest, open) {
  const count = data.details[detail].confusion[label][guess];
  if (label === guess) return element("span", { className: "diagonal" }, String(count));
  if (!count) return element("span", { className: "none", attributes: { "aria-label": "0" } }, "·");
  const button = element(
    "button",
    {
      type: "button",
      attributes: {
        "aria-label": `${classes[label]} taken for ${classes[guess]}: ${plural(count, "image")}`,
        "aria-pressed": "false",
        "aria-controls": "wrong-images",
      },
    },
    String(count),
  );
  button.style.setProperty("--heat", (8 + 52 * (Math.log(1 + count) / Math.log(1 + largest))).toFixed(0));
  button.addEventListener("click", () => open(button, label, guess, count));
  return button;
}

function showWrong(detail, label, guess, count) {
  const shown = data.details[detail].wrong[label][guess];
  const how =
    shown.length < count
      ? `the ${shown.length} surest of ${count} (a cell shows at most ${data.caps.cell})`
      : plural(count, "image");
  const caption = (picture) => {
    const probabilities = softmax(picture.logits[detail], 1);
    return [
      `${classes[label]} → ${classes[guess]}`,
      `${percent(probabilities[guess], 1)}, not ${percent(probabilities[label], 1)}`,
    ];
  };
  byId("wrong-images").replaceChildren(
    element("h3", {}, `${classes[label]} taken for ${classes[guess]}: ${how}`),
    gallery(shown, caption, detail),
  );
}

function matrix(detail) {
  const { confusion } = data.details[detail];
  const largest = Math.max(
    1,
    ...confusion.flatMap((row, label) => row.filter((_, guess) => guess !== label)),
  );
  let pressed = null;
  const open = (button, label, guess, count) => {
    if (pressed) pressed.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", "true");
    pressed = button;
    showWrong(detail, label, guess, count);
  };
  const head = element(
    "tr",
    {},
    element("th", { attributes: { "aria-label": "label, by answer" } }, "↓ is"),
    ...classes.map((name) => element("th", { attributes: { scope: "col" } }, name)),
  );
  const rows = confusion.map((row, label) =>
    element(
      "tr",
      {},
      element("th", { attributes: { scope: "row" } }, classes[label]),
      ...row.map((_, guess) => element("td", {}, matrixCell(detail, label, guess, largest, open))),
    ),
  );
  const wrong = data.networks[data.details[detail].network].evaluation.errors;
  return element(
    "table",
    { className: "matrix" },
    element("caption", {}, `${detailName(detail)}: ${counted(wrong)} of ${imagesText} wrong`),
    element("thead", {}, head),
    element("tbody", {}, ...rows),
  );
}

function showConfusion() {
  if (!data.details.length) {
    hideSection("confusion");
    return;
  }
  const show = (detail) => {
    byId("confusion").replaceChildren(matrix(detail));
    byId("wrong-images").replaceChildren(element("p", { className: "quiet" }, "No cell is open yet."));
  };
  const student = data.details.findIndex(({ network }) => network === data.leaders.distilled);
  byId("confusion-controls").before(
    element(
      "p",
      { className: "quiet" },
      `A cell shows at most ${data.caps.cell} images, the surest errors first.`,
    ),
  );
  byId("confusion-controls").append(choice("Network", detailNames, show, Math.max(0, student)));
}

showConfusion();
