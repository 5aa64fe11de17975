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
function sentence(picture, answer) {
  const order = ranked(answer);
  const others = order.filter((index) => index !== picture.label).map((index) => classes[index]);
  const label = classes[picture.label];
  const what = order[0] === picture.label ? label : `${label}, taken for ${classes[order[0]]}`;
  if (others.length === 1) return `${what}; the other class is ${others[0]}`;
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

/** The classes that have a bar: all in the order of their labels, or the likeliest ones and the label of many. */
function classesWithBars(answer) {
  return answer.others.length ? ranked(answer).slice(0, -1) : answer.classes;
}

function barRow(name, className, label) {
  const [cold, warm] = [barCell(), barCell()];
  const header = element(
    "th",
    { title: name, attributes: { scope: "row", ...(label ? { "aria-label": `${name}, the label` } : {}) } },
    label ? `${name} ✓` : name,
  );
  const row = element("tr", { className }, header, element("td", {}, cold.cell), element("td", {}, warm.cell));
  return { row, cold, warm };
}

function bars(picture, answer) {
  const heading = element("th", { attributes: { scope: "col" } });
  const shown = classesWithBars(answer);
  const strongest = ranked(answer).find((index) => index !== picture.label);
  const rows = shown.map((index) => {
    const className = index === picture.label ? "right" : index === strongest ? "second" : "";
    return barRow(classes[index], className, index === picture.label);
  });
  const left = classes.length - shown.length;
  const rest = left ? barRow(`${counted(left)} others`, "", false) : null;
  const shares = (temperature) => {
    const probabilities = softmax(answer, temperature);
    const known = shown.map((index) => probabilities.get(index));
    return { known, others: Math.max(0, 1 - known.reduce((total, share) => total + share, 0)) };
  };
  const logarithmic = (share) => 1 - Math.log(share) / Math.log(SMALLEST_SHOWN);
  const hard = shares(1);
  rows.forEach(({ cold }, position) => cold.show(hard.known[position], logarithmic(hard.known[position])));
  if (rest) rest.cold.show(hard.others, logarithmic(hard.others));
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
    element("tbody", {}, ...rows.map(({ row }) => row), rest && rest.row),
  );
  followTemperature(table, (value) => {
    heading.textContent = `T = ${value}`;
    const soft = shares(value);
    rows.forEach(({ warm }, position) => warm.show(soft.known[position], soft.known[position]));
    if (rest) rest.warm.show(soft.others, soft.others);
  });
  return table;
}

/** A picture, what it resembles, and its bars, for one of the networks shown in full. */
function pictureCard(number, detail) {
  const picture = data.pictures[number];
  const answer = answerOf(picture, detail);
  return element(
    "article",
    { className: "card" },
    element(
      "div",
      { className: "card-head" },
      element("div", { className: "large" }, pictureImage(picture, isSmall ? 112 : 168)),
      element(
        "div",
        {},
        element("p", { className: "sentence" }, sentence(picture, answer)),
        element(
          "p",
          { className: "quiet" },
          `${picture.files} image ${counted(picture.index)}, seen by ${detailName(detail)}`,
        ),
      ),
    ),
    bars(picture, answer),
  );
}

function showChosen() {
  if (!data.chosen.length || !data.details.length) {
    hideSection("dark-knowledge");
    return;
  }
  const show = (detail) =>
    byId("chosen").replaceChildren(...data.chosen.map((number) => pictureCard(number, detail)));
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
    `Pictures that ${detailName(detail)} reads rightly, and that look most like something else to it: those with the largest second probability at T = 1 among ${imagesText}, two of a pair of classes at most, as many as the page has room for. Each opens its bars.`;
  const caption = (picture) => {
    const answer = answerOf(picture, detail);
    const [first, second] = ranked(answer);
    return [
      `${classes[first]}, or ${classes[second]}?`,
      `${classes[second]}: ${percent(softmax(answer, 1).get(second), 1)}`,
    ];
  };
  byId("informative").append(gallery(data.informative, caption, detail));
}

/** The picture in a dialog, as each network shown in full sees it. */
function openPicture(number, detail) {
  const picture = data.pictures[number];
  byId("picture-title").textContent = pictureTitle(picture);
  const card = element("div", {});
  const show = (chosen) => card.replaceChildren(pictureCard(number, chosen));
  const rows = picture.logits.map((_, index) => {
    const answer = answerOf(picture, index);
    const [first] = ranked(answer);
    return [
      detailName(index),
      classes[first] + (first === picture.label ? " ✓" : " ✗"),
      percent(softmax(answer, 1).get(first)),
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
