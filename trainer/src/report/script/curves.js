// Training curves of teacher, baseline and distilled student on one plot.

const CURVES = [
  {
    name: "validation error",
    field: "validation_accuracy",
    value: (accuracy) => 100 * (1 - accuracy),
    log: true,
    unit: "%",
    text: "wrong on validation",
  },
  {
    name: "validation accuracy",
    field: "validation_accuracy",
    value: (accuracy) => 100 * accuracy,
    unit: "%",
    text: "right on validation",
  },
  {
    name: "validation loss",
    field: "validation_loss",
    value: (loss) => loss,
    log: true,
    unit: "nats",
    text: "negative log likelihood on validation",
  },
  {
    name: "training loss",
    field: "training_loss",
    value: (loss) => loss,
    log: true,
    unit: "",
    text: "training loss (a distilled student's is of soft targets and scaled by T²: no match for the others)",
  },
];

const leading = (network) => Object.values(data.leaders).includes(network);

function curveSeries(curve, kind) {
  const network = data.networks[curve.network];
  const points = curve[kind.field].map((raw, index) => {
    const value = kind.value(raw);
    return {
      x: curve.epoch[index],
      y: value,
      title: `${network.name}, epoch ${curve.epoch[index]}: ${value.toPrecision(4)} ${kind.unit}`,
    };
  });
  return { ...styleOf(network), name: fullName(network), faint: !leading(curve.network), points };
}

/** Networks without curves that say how good they are: a line across. */
function curveRules(kind) {
  if (kind.field !== "validation_accuracy") return [];
  const drawn = data.curves.map((curve) => curve.network);
  const silent = Object.values(data.leaders).filter(
    (network) => Number.isInteger(network) && !drawn.includes(network),
  );
  return silent
    .map((position) => data.networks[position])
    .filter((network) => network.validation_accuracy !== null)
    .map((network) => ({
      y: kind.value(network.validation_accuracy),
      name: `${fullName(network)}, as trained`,
      tone: styleOf(network).tone,
      dash: styleOf(network).dash,
    }));
}

function curvePlot(kind) {
  const series = data.curves.map((curve) => curveSeries(curve, kind));
  const rules = curveRules(kind);
  // A logarithm has no 0: a run without a single error is drawn at the lower edge.
  const positive = [
    ...series.flatMap((line) => line.points.map((point) => point.y)),
    ...rules.map((rule) => rule.y),
  ].filter((value) => !kind.log || value > 0);
  const domain = around(positive.length ? positive : [1], kind.log);
  const clamp = (value) => Math.max(value, domain[0]);
  series.forEach((line) =>
    line.points.forEach((point) => {
      point.y = kind.log ? clamp(point.y) : point.y;
    }),
  );
  const last = Math.max(2, ...data.curves.flatMap((curve) => curve.epoch));
  return plot({
    caption: `${kind.text}${kind.unit ? `, ${kind.unit}` : ""}${kind.log ? ", logarithmic" : ""}`,
    description: `Lines of ${kind.name} by epoch: ${series.map((line) => `${line.name} ends at ${line.points.at(-1).y.toPrecision(3)}`).join("; ")}.`,
    x: {
      title: "epoch",
      domain: [1, last],
      ticks: roundTicks([1, last], false, 8).filter(Number.isInteger),
      format: counted,
    },
    y: { domain, log: kind.log, format: (tick) => Number(tick.toPrecision(3)).toString() },
    series,
    rules: rules.map((rule) => ({ ...rule, y: kind.log ? clamp(rule.y) : rule.y })),
  });
}

function curveTable() {
  const rows = data.curves.flatMap((curve) => {
    const stride = Math.max(1, Math.ceil(curve.epoch.length / 12));
    const chosen = curve.epoch
      .map((_, index) => index)
      .filter((index) => index % stride === 0 || index === curve.epoch.length - 1);
    return chosen.map((index) => [
      data.networks[curve.network].name,
      String(curve.epoch[index]),
      curve.training_loss[index].toFixed(4),
      percent(curve.training_accuracy[index]),
      curve.validation_loss[index].toFixed(4),
      percent(curve.validation_accuracy[index]),
    ]);
  });
  return tableOf(
    "About a dozen epochs of each run",
    ["run", "epoch", "training loss", "training accuracy", "validation loss", "validation accuracy"],
    rows,
  );
}

function showCurves() {
  if (!data.curves.length) {
    hideSection("curves");
    return;
  }
  const left = data.curves_left_out
    ? ` ${plural(data.curves_left_out, "more run")} found no place here.`
    : "";
  byId("curves-text").textContent =
    `What each epoch brought. The best of each role is drawn boldly, other runs thinly; weights are those of the epoch with the highest validation accuracy.${left}`;
  const buttons = CURVES.map((kind, index) => {
    const input = element("input", { type: "radio", name: "curve", checked: index === 0 });
    input.addEventListener("change", () => byId("curves").firstChild.replaceWith(curvePlot(kind)));
    return element("label", {}, input, kind.name);
  });
  byId("curves-controls").append(element("fieldset", {}, element("legend", {}, "Show by epoch"), ...buttons));
  byId("curves").append(curvePlot(CURVES[0]), folded("The curves as a table", curveTable()));
}

showCurves();
