// Size and accuracy of each network, by recipe.

function sizeSeries() {
  return Object.keys(ROLES)
    .map((role) => {
      const recipes = data.recipes.filter((recipe) => data.networks[recipe.networks[0]].role === role);
      const points = recipes.map(({ networks, accuracy }) => {
        const network = data.networks[networks[0]];
        const { mean, standard_deviation: deviation } = accuracy;
        return {
          x: network.parameters,
          y: 100 * mean,
          ...(deviation === null ? {} : { low: 100 * (mean - deviation), high: 100 * (mean + deviation) }),
          title: `${network.name}: ${counted(network.parameters)} parameters, ${accuracyText(accuracy)}`,
          label: recipes.length === 1 ? network.name : undefined,
          labelBelow: role === "baseline",
        };
      });
      return { ...ROLES[role], line: false, everyMark: true, points };
    })
    .filter((series) => series.points.length);
}

function sizeTable() {
  const rows = data.recipes.map(({ networks, accuracy }) => {
    const network = data.networks[networks[0]];
    return [
      networks.length > 1 ? `${network.name} and ${plural(networks.length - 1, "more seed")}` : network.name,
      roleMark(network),
      network.network,
      counted(network.parameters),
      bytesText(network.bytes),
      network.temperature === null ? "" : String(network.temperature),
      network.soft_weight === null ? "" : String(network.soft_weight),
      (accuracy.mean * 100).toFixed(2),
      accuracy.standard_deviation === null ? "" : pointsText(accuracy.standard_deviation),
    ];
  });
  rows.sort((a, b) => Number(b[7]) - Number(a[7]));
  return tableOf(
    `On ${imagesText}`,
    [
      "run",
      "role",
      "network",
      "parameters",
      "weights file",
      "T",
      "soft weight",
      "accuracy, %",
      "sd over seeds",
    ],
    rows,
    [0, 1, 2],
  );
}

function showSize() {
  if (!data.recipes.length) {
    hideSection("size");
    return;
  }
  const series = sizeSeries();
  const all = series.flatMap((one) => one.points);
  const thousands = (tick) =>
    tick >= 1e6 ? `${tick / 1e6} M` : tick >= 1e3 ? `${tick / 1e3} k` : String(tick);
  const figure = plot({
    caption: `right of ${imagesText}, %, by trained parameters (logarithmic)`,
    description: `Marks of accuracy by number of parameters: ${all
      .slice(0, 12)
      .map((point) => point.title)
      .join("; ")}.`,
    x: {
      title: "parameters",
      domain: [
        Math.min(...all.map((point) => point.x)) / 1.8,
        Math.max(...all.map((point) => point.x)) * 1.8,
      ],
      log: true,
      format: thousands,
    },
    y: {
      domain: around(all.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y])),
      format: (tick) => Number(tick.toFixed(3)).toString(),
    },
    series,
  });
  byId("size").append(figure, sizeTable());
}

showSize();
