// Accuracy against what a sweep varies, with error bars over seeds.

const QUANTITIES = {
  temperature: { title: "distillation temperature T", heading: "Accuracy by temperature", log: true },
  soft_weight: { title: "soft weight W", heading: "Accuracy by soft weight", log: false },
  hidden_units: { title: "units of the first hidden layer", heading: "Accuracy by width", log: true },
  bytes: { title: "bytes of weights in the exported file", heading: "Accuracy by bytes", log: true },
  microseconds: { title: "microseconds of an answer", heading: "Accuracy by time", log: true },
};

/** Lines of one role differ in dash and mark too. */
const LINE_STYLES = [
  { dash: "", marker: "triangle" },
  { dash: "9 4", marker: "circle" },
  { dash: "3 4", marker: "square" },
  { dash: "12 3 3 3", marker: "diamond" },
  { dash: "1 3", marker: "cross" },
  { dash: "6 2 1 2", marker: "bar" },
];

function sweepSeries(line, position, alone) {
  const style = alone ? ROLES[line.role] : LINE_STYLES[position % LINE_STYLES.length];
  const points = line.points.map(({ x, accuracy }) => {
    const { mean, standard_deviation: deviation, values } = accuracy;
    return {
      x,
      y: 100 * mean,
      values: values.length > 1 ? values.map((value) => 100 * value) : [],
      ...(deviation === null ? {} : { low: 100 * (mean - deviation), high: 100 * (mean + deviation) }),
      title: `${line.name}, ${x}: ${accuracyText(accuracy)}`,
    };
  });
  return { ...style, name: line.name, tone: ROLES[line.role].tone, everyMark: true, points };
}

/** For each network on the plot, its best baseline by validation accuracy: what distillation must beat. */
function sweepRules(quantity, lines) {
  if (!["temperature", "soft_weight"].includes(quantity)) return [];
  const validation = (recipe) =>
    Math.max(...recipe.networks.map((position) => data.networks[position].validation_accuracy || 0));
  return [...new Set(lines.map((line) => line.network))].flatMap((network) => {
    const first = (recipe) => data.networks[recipe.networks[0]];
    const baselines = data.recipes.filter(
      (recipe) => first(recipe).role === "baseline" && first(recipe).network === network,
    );
    baselines.sort((a, b) => validation(b) - validation(a));
    return baselines.slice(0, 1).map(({ accuracy }) => ({
      y: 100 * accuracy.mean,
      name: `hard labels alone, ${network}`,
      tone: "tone-baseline",
      dash: "3 4",
    }));
  });
}

/** The points that nothing beats, as a line of its own over the others. */
function frontSeries(front) {
  const points = front.map(({ network, x, accuracy }) => ({
    x,
    y: 100 * accuracy,
    values: [],
    label: network,
    title: `${network}, ${x}: ${(100 * accuracy).toFixed(2)} %`,
  }));
  const name = "front: no other is more accurate for its cost";
  return front.length ? [{ name, tone: "tone-teacher", dash: "9 4", marker: "diamond", everyMark: true, points }] : [];
}

function sweepPart({ quantity, lines, left_out: leftOut, front }) {
  const { title, heading, log } = QUANTITIES[quantity];
  const roles = new Set(lines.map((line) => line.role));
  const series = lines.map((line, position) => sweepSeries(line, position, roles.size === lines.length));
  series.push(...frontSeries(front));
  const rules = sweepRules(quantity, lines);
  const all = series.flatMap((one) => one.points);
  const heights = [
    ...all.flatMap((point) => [point.low ?? point.y, point.high ?? point.y, ...point.values]),
    ...rules.map((rule) => rule.y),
  ];
  const xs = [...new Set(all.map((point) => point.x))].sort((a, b) => a - b);
  const logarithmic = log && xs[0] > 0;
  const figure = plot({
    caption: `right of ${imagesText}, %, by ${title}${logarithmic ? " (logarithmic)" : ""}`,
    description: `Accuracy by ${title}: ${all
      .slice(0, 16)
      .map((point) => point.title)
      .join("; ")}.`,
    x: {
      title,
      domain: logarithmic ? [xs[0] / 1.15, xs.at(-1) * 1.15] : around(xs),
      log: logarithmic,
      ...(front.length ? { format: counted } : { ticks: xs, format: String }),
    },
    y: { domain: around(heights), format: (tick) => Number(tick.toFixed(3)).toString() },
    series,
    rules,
  });
  const rows = lines.flatMap((line) =>
    line.points.map(({ x, accuracy }) => [
      line.name,
      String(x),
      String(accuracy.values.length),
      (accuracy.mean * 100).toFixed(2),
      accuracy.standard_deviation === null ? "" : pointsText(accuracy.standard_deviation),
    ]),
  );
  return element(
    "div",
    {},
    element("h3", {}, heading),
    figure,
    leftOut
      ? element("p", { className: "quiet" }, `${plural(leftOut, "more line")} found no place here.`)
      : null,
    folded(
      "The points as a table",
      tableOf(`Accuracy by ${title}`, ["line", title, "seeds", "mean, %", "sd"], rows),
    ),
  );
}

function showSweeps() {
  if (!data.sweeps.length) {
    hideSection("sweeps");
    return;
  }
  byId("sweeps").append(...data.sweeps.map(sweepPart));
}

showSweeps();
