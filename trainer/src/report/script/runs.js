// Everything that went in, and the list of what stands above.

function runsTable() {
  const rows = data.networks.map((network) => [
    network.path,
    roleMark(network),
    network.network,
    String(network.seed),
    String(network.epochs),
    network.temperature === null ? "" : String(network.temperature),
    network.soft_weight === null ? "" : String(network.soft_weight),
    network.validation_accuracy === null ? "" : percent(network.validation_accuracy),
    ...(network.evaluation
      ? [
          counted(network.evaluation.errors),
          percent(network.evaluation.accuracy),
          network.evaluation.negative_log_likelihood.toFixed(4),
        ]
      : ["no weights yet", "", ""]),
  ]);
  const head = [
    "run",
    "role",
    "network",
    "seed",
    "epochs",
    "T",
    "soft weight",
    "best validation",
    "wrong",
    "accuracy",
    "NLL, nats",
  ];
  return tableOf(
    `${plural(data.networks.length, "network")}; the last three columns on ${imagesText}`,
    head,
    rows,
    [0, 1, 2],
  );
}

/** More rows than a screen holds stay folded. */
const MOST_OPEN_ROWS = 12;
byId("runs").append(
  data.networks.length > MOST_OPEN_ROWS ? folded("All runs as a table", runsTable()) : runsTable(),
);
if (data.networks.length > data.details.length) {
  byId("runs").append(
    element(
      "p",
      { className: "quiet" },
      `${plural(data.details.length, "network")} of them can be chosen above: the best of each role by validation accuracy, then the next best, ${data.caps.details} at most.`,
    ),
  );
}
for (const section of document.querySelectorAll("main > section:not([hidden])")) {
  byId("contents").append(
    element("li", {}, element("a", { href: `#${section.id}` }, section.querySelector("h2").textContent)),
  );
}
