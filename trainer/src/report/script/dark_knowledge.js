// A picture beside what a network says of it: bars at T = 1 on a logarithmic scale, and softened.

/** The smallest probability that a logarithmic bar shows. */
const SMALLEST_SHOWN = 1e-12;

const STARTING_TEMPERATURE = (leader("distilled") && leader("distilled").temperature) || 4;
const COLDEST = 1;
const HOTTEST = 20;

/** One temperature for the whole page: every slider shows it, every card follows it. */
const temperature = {
  value: Math.min(HOTTEST, Math.max(COLDEST, STARTING_TEMPERATURE)),
  followers: new Set(),
};

function setTemperature(value) {
  temperature.value = value;
  for (const follow of temperature.followers) follow(value);
}

/** Calls `follow` now and at each change, until `owner` has left the page. */
function followTemperature(owner, follow) {
  const whileThere = (value) => {
    if (owner.wasShown && !owner.isConnected) temperature.followers.delete(whileThere);
    else follow(value);
    if (owner.isConnected) owner.wasShown = true;
  };
  temperature.followers.add(whileThere);
  whileThere(temperature.value);
}

function temperatureSlider() {
  const slider = element("input", { type: "range", min: COLDEST, max: HOTTEST, step: 0.5 });
  const shown = element("output", {});
  slider.addEventListener("input", () => setTemperature(Number(slider.value)));
  const label = element("label", {}, "Temperature", slider, shown);
  followTemperature(label, (value) => {
    slider.value = value;
    slider.setAttribute("aria-valuetext", `T = ${value}`);
    shown.textContent = `T = ${value}`;
  });
  return label;
}

/** What a picture is like, as `trainer soften` says it. */
function sentence(picture, logits) {
  const order = ranked(logits);
  const others = order.filter((index) => index !== picture.label).map((index) => classes[index]);
  const label = withArticle(classes[picture.label]);
  const what = order[0] === picture.label ? label : `${label} taken for ${classes[order[0]]}`;
  const then = others.length > 2 ? `, then ${others[1]}` : "";
  return `${what}; resembles ${others[0]} most${then}, ${others.at(-1)} least`;
}

function barCell() {
  const fill = element("span", { className: "fill" });
  const share = element("span", { className: "share" });
  const cell = element(
    "div",
    { className: "cell" },
    element("span", { className: "track", attributes: { "aria-hidden": "true" } }, fill),
    share,
  );
  const show = (probability, width) => {
    fill.style.setProperty("--share", `${(100 * Math.max(0, Math.min(1, width))).toFixed(2)}%`);
    share.textContent = probabilityText(probability);
  };
  return { cell, show };
}

function bars(picture, logits) {
  const heading = element("th", { attributes: { scope: "col" } });
  const strongest = ranked(logits).find((index) => index !== picture.label);
  const hard = softmax(logits, 1);
  const soft = [];
  const rows = classes.map((name, index) => {
    const [cold, warm] = [barCell(), barCell()];
    cold.show(hard[index], 1 - Math.log(hard[index]) / Math.log(SMALLEST_SHOWN));
    soft.push(warm.show);
    const className = index === picture.label ? "right" : index === strongest ? "second" : "";
    const note = index === picture.label ? " ✓" : "";
    const header = element(
      "th",
      { attributes: { scope: "row", ...(note ? { "aria-label": `${name}, the label` } : {}) } },
      name + note,
    );
    return element("tr", { className }, header, element("td", {}, cold.cell), element("td", {}, warm.cell));
  });
  const table = element(
    "table",
    { className: "bars" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("th", { attributes: { scope: "col", "aria-label": "class" } }),
        element("th", { attributes: { scope: "col" } }, "T = 1 (log)"),
        heading,
      ),
    ),
    element("tbody", {}, ...rows),
  );
  followTemperature(table, (value) => {
    heading.textContent = `T = ${value}`;
    softmax(logits, value).forEach((probability, index) => soft[index](probability, probability));
  });
  return table;
}

/** A picture, what it resembles, and its bars, for one of the networks shown in full. */
function digitCard(number, detail) {
  const picture = data.pictures[number];
  const logits = picture.logits[detail];
  return element(
    "article",
    { className: "digit" },
    element(
      "div",
      { className: "digit-head" },
      pictureImage(picture, "picture large"),
      element(
        "div",
        {},
        element("p", { className: "sentence" }, sentence(picture, logits)),
        element(
          "p",
          { className: "quiet" },
          `${picture.files} image ${counted(picture.index)}, seen by ${detailName(detail)}`,
        ),
      ),
    ),
    bars(picture, logits),
  );
}

function showChosen() {
  if (!data.chosen.length || !data.details.length) {
    hideSection("dark-knowledge");
    return;
  }
  const show = (detail) =>
    byId("chosen").replaceChildren(...data.chosen.map((number) => digitCard(number, detail)));
  byId("dark-controls").append(temperatureSlider(), choice("Seen by", detailNames, show));
  byId("chosen").after(
    element(
      "p",
      { className: "quiet" },
      "✓ marks the label; the hatched bar is the strongest of the others. Bars at T = 1 are logarithmic, from 10⁻¹² to 1.",
    ),
  );
}

function showInformative() {
  if (!data.informative.length) {
    hideSection("informative");
    return;
  }
  const detail = data.informative_by;
  byId("informative-text").textContent =
    `Pictures that ${detailName(detail)} reads rightly, and that look most like something else to it: those with the largest second probability at T = 1 among ${imagesText}, two of a pair of classes at most. Each opens its bars.`;
  const caption = (picture) => {
    const [first, second] = ranked(picture.logits[detail]);
    return [
      `${classes[first]}, or ${classes[second]}?`,
      `${classes[second]}: ${percent(softmax(picture.logits[detail], 1)[second], 1)}`,
    ];
  };
  byId("informative").append(gallery(data.informative, caption, detail));
}

/** The picture in a dialog, as each network shown in full sees it. */
function openPicture(number, detail) {
  const picture = data.pictures[number];
  byId("picture-title").textContent = pictureTitle(picture);
  const card = element("div", {});
  const show = (chosen) => card.replaceChildren(digitCard(number, chosen));
  const rows = picture.logits.map((logits, index) => {
    const [first] = ranked(logits);
    return [
      detailName(index),
      classes[first] + (first === picture.label ? " ✓" : " ✗"),
      percent(softmax(logits, 1)[first]),
    ];
  });
  byId("picture-body").replaceChildren(
    element(
      "div",
      { className: "controls" },
      temperatureSlider(),
      choice("Seen by", detailNames, show, detail),
    ),
    card,
    tableOf("What each network says", ["network", "answer", "how sure"], rows),
  );
  byId("picture-dialog").showModal();
}

byId("picture-close").addEventListener("click", () => byId("picture-dialog").close());
byId("picture-dialog").addEventListener("click", (event) => {
  if (event.target === byId("picture-dialog")) byId("picture-dialog").close();
});
showChosen();
showInformative();
