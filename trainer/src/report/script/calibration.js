// Reliability diagrams, before and after temperature scaling.

function reliabilitySeries(calibration, name, style) {
  const points = calibration.bins
    .filter((bin) => bin.images)
    .map((bin) => ({
      x: bin.confidence,
      y: bin.accuracy,
      // A mark's area grows with the logarithm of its images.
      size: 2.5 + 0.9 * Math.log2(1 + bin.images) ** 0.75,
      title: `${name}: ${plural(bin.images, "image")}, ${percent(bin.confidence)} sure, ${percent(bin.accuracy)} right`,
    }));
  return { ...style, name, points, everyMark: true };
}

function binTable(detail) {
  const { before, after } = data.details[detail];
  const cells = (bin) =>
    bin && bin.images ? [counted(bin.images), percent(bin.confidence), percent(bin.accuracy)] : ["0", "", ""];
  const count = before.bins.length;
  const rows = before.bins.map((bin, index) => [
    `${(index / count).toFixed(3)} to ${((index + 1) / count).toFixed(3)}`,
    ...cells(bin),
    ...(after ? cells(after.bins[index]) : []),
  ]);
  const head = ["confidence", "images", "sure", "right"];
  return tableOf(
    `${detailName(detail)}${after ? ": before, then after" : ""}`,
    after ? [...head, ...head.slice(1)] : head,
    rows,
  );
}

function calibrationTable() {
  const rows = data.details.map(({ before, after, fitted_temperature: fitted }, detail) => [
    detailName(detail),
    percent(before.expected_calibration_error),
    after ? percent(after.expected_calibration_error) : "",
    before.negative_log_likelihood.toFixed(4),
    after ? after.negative_log_likelihood.toFixed(4) : "",
    fitted === null ? "no minimum" : fitted.toFixed(3),
  ]);
  return tableOf(
    `ECE (15 bins) and negative log likelihood in nats, on ${imagesText}`,
    ["network", "ECE before", "ECE after", "NLL before", "NLL after", "fitted T"],
    rows,
  );
}

/** One network before and after. */
function scalingTable(detail) {
  const { before, after, fitted_temperature: fitted } = data.details[detail];
  const row = (name, text) => [name, text(before), after ? text(after) : ""];
  const rows = [
    ["temperature", "1", fitted === null ? "no minimum" : fitted.toFixed(3)],
    row("ECE, 15 bins", (calibration) => percent(calibration.expected_calibration_error)),
    row("NLL, nats", (calibration) => calibration.negative_log_likelihood.toFixed(4)),
  ];
  return tableOf(`${detailName(detail)}, on ${imagesText}`, ["", "before", "after"], rows);
}

function reliabilityPlot(detail) {
  const { before, after } = data.details[detail];
  const series = [
    reliabilitySeries(before, "as trained, T = 1", { tone: "tone-baseline", dash: "3 4", marker: "square" }),
  ];
  if (after)
    series.push(
      reliabilitySeries(after, `scaled, T = ${data.details[detail].fitted_temperature.toFixed(2)}`, {
        tone: "tone-distilled",
        dash: "",
        marker: "circle",
      }),
    );
  const share = (tick) => `${Math.round(tick * 100)} %`;
  return plot({
    caption: `${detailName(detail)}: share of right answers by confidence; on the dotted line, confidence can be believed; larger marks stand for more images`,
    description: `Reliability diagram of ${detailName(detail)}: expected calibration error ${percent(before.expected_calibration_error)} as trained${after ? `, ${percent(after.expected_calibration_error)} scaled` : ""}.`,
    square: true,
    diagonal: true,
    x: { title: "confidence", domain: [0, 1], format: share },
    y: { domain: [0, 1], format: share },
    series,
  });
}

function showCalibration() {
  if (!data.details.length) {
    hideSection("calibration");
    return;
  }
  const own =
    data.data.split === "validation"
      ? "The temperature was fitted to these same images, so the figures after it are a little better than they would be elsewhere; a report on the test images is free of that."
      : `The temperature was fitted to ${counted(data.data.validation_images)} validation images, none of which are measured here.`;
  byId("calibration-text").textContent =
    `Of the images that a network is 80 % sure of, 80 % should be right. Temperature scaling divides all logits by the one number that makes the negative log likelihood least: no answer changes, only the confidence. ${own}`;
  const show = (detail) => {
    const bins = folded("The bins as a table", binTable(detail));
    const own = element("div", {}, scalingTable(detail), bins);
    byId("calibration").replaceChildren(reliabilityPlot(detail), own);
  };
  byId("calibration-all").append(folded("All networks as a table", calibrationTable()));
  const student = data.details.findIndex(({ network }) => network === data.leaders.distilled);
  byId("calibration-controls").append(choice("Network", detailNames, show, Math.max(0, student)));
}

showCalibration();
