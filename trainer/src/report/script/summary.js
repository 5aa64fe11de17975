// The head of the page: who was right how often, and what stands below.

const leader = (role) => {
  const position = data.leaders[role];
  return position === null ? null : data.networks[position];
};

/** The means over seeds that a network belongs to. */
const recipeOf = (position) => data.recipes.find((recipe) => recipe.networks.includes(position));

function accuracyText({ mean, standard_deviation: deviation, values }) {
  if (deviation === null) return percent(mean);
  return `${pointsText(mean)} ± ${pointsText(deviation)} % over ${values.length} seeds`;
}

/** Right answers by recipe where there are several seeds, by the leader alone otherwise. */
function meanAccuracy(role) {
  return recipeOf(data.leaders[role]).accuracy;
}

function leadText() {
  const [teacher, baseline, distilled] = ["teacher", "baseline", "distilled"].map(leader);
  if (!distilled) {
    const one = teacher || baseline;
    if (!one) return "No run has finished yet: there are curves, and nothing to measure.";
    return `On ${imagesText} of ${data.data.name}, ${one.name} is right in ${percent(one.evaluation.accuracy)}.`;
  }
  const right = meanAccuracy("distilled");
  let text = `On ${imagesText} of ${data.data.name}, the distilled student is right in ${accuracyText(right)}`;
  const against = (role, name) => {
    const gap = right.mean - meanAccuracy(role).mean;
    return pointsText(gap) === "0.00"
      ? `level with ${name}`
      : `${pointsText(gap)} points ${gap > 0 ? "above" : "below"} ${name}`;
  };
  if (baseline)
    text += `: ${against("baseline", baseline.network === distilled.network ? "the same network taught by labels alone" : "the baseline")}`;
  if (teacher) {
    const times = teacher.parameters / distilled.parameters;
    text += `${baseline ? ", " : ": "}${against("teacher", "its teacher")}`;
    if (times > 1)
      text += `, with ${times < 10 ? times.toFixed(1) : Math.round(times)} times fewer parameters`;
  }
  return `${text}.`;
}

function tile(role) {
  const network = leader(role);
  if (!network) return null;
  const { evaluation, parameters, bytes } = network;
  const seeds = meanAccuracy(role);
  return element(
    "li",
    {},
    element("p", { className: "role" }, swatch(styleOf(network)), styleOf(network).name),
    element("p", { className: "figure" }, percent(evaluation.accuracy)),
    element(
      "p",
      { className: "quiet" },
      `${counted(evaluation.errors)} of ${counted(evaluation.images)} wrong`,
    ),
    element("p", { className: "quiet" }, `${counted(parameters)} parameters, ${bytesText(bytes)}`),
    seeds.values.length > 1 ? element("p", { className: "quiet" }, `mean ${accuracyText(seeds)}`) : null,
    element("p", { className: "quiet" }, network.name),
  );
}

function remarks() {
  const list = [];
  const { differences } = data.leaders;
  if (differences.length)
    list.push(`Baseline and distilled student differ in more than the teaching: ${differences.join("; ")}.`);
  const others = data.networks.filter((network) => network.other_data);
  if (others.length)
    list.push(
      `Trained on other images than ${data.data.name}: ${others.map((network) => network.name).join(", ")}. Validation images of this report may have been among them.`,
    );
  if (leader("distilled") && !leader("teacher")) {
    list.push(
      "No teacher was given, and none is where the runs found theirs: there is no comparison with one.",
    );
  }
  const unfinished = data.networks.filter((network) => !network.evaluation);
  if (unfinished.length)
    list.push(
      `No weights yet: ${unfinished.map((network) => `${network.name} (${network.epochs_seen} of ${network.epochs} epochs)`).join(", ")}. The curves show how far it has come.`,
    );
  const named = data.networks.filter((network) => network.named_by_a_run);
  if (named.length)
    list.push(`Not given, but named by a distilled run: ${named.map((network) => network.path).join(", ")}.`);
  return list.map((text) => element("p", { className: "note" }, text));
}

function measuredText() {
  const best = leader("distilled") || leader("teacher") || leader("baseline");
  if (!best) return [];
  const { accuracy, images } = best.evaluation;
  const error = Math.sqrt((accuracy * (1 - accuracy)) / images);
  const why =
    data.data.split === "validation"
      ? [
          "These images are no part of what weights are fitted to, but epochs and recipes are chosen by them; figures on unseen images come from ",
          element("code", {}, "--split test"),
          ".",
        ]
      : [
          "Nothing in this report is chosen by these images: the best network of each role is the one that is best on validation.",
        ];
  return [
    ...why,
    ` A share of ${percent(accuracy)} among ${counted(images)} images has a standard error of ${pointsText(error)} points.`,
  ];
}

byId("lead").textContent = leadText();
byId("tiles").append(...["teacher", "distilled", "baseline"].map(tile).filter(Boolean));
byId("remarks").append(element("p", { className: "quiet" }, ...measuredText()), ...remarks());
if (!leader("distilled")) byId("headline").textContent = "What was learnt";
byId("producer").textContent =
  `Made by ${data.producer}. Everything in this page is in this one file; it asks nothing of any network.`;
