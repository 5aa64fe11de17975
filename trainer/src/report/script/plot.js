// One kind of plot, as SVG: lines, marks and error bars over linear or logarithmic axes, as wide as its place.

const MARGIN = { top: 14, right: 16, bottom: 42, left: 52 };

function markerAt(marker, x, y, size, className = "marker") {
  switch (marker) {
    case "square":
      return svgElement("rect", {
        class: className,
        x: x - size * 0.85,
        y: y - size * 0.85,
        width: size * 1.7,
        height: size * 1.7,
      });
    case "triangle":
      return svgElement("path", {
        class: className,
        d: `M${x},${y - size * 1.15}l${size * 1.1},${size * 2}h${-size * 2.2}z`,
      });
    case "diamond":
      return svgElement("path", {
        class: className,
        d: `M${x},${y - size * 1.3}l${size * 1.3},${size * 1.3}l${-size * 1.3},${size * 1.3}l${-size * 1.3},${-size * 1.3}z`,
      });
    case "cross":
      return svgElement("path", {
        class: className,
        d: `M${x - size},${y - size}l${size * 2},${size * 2}M${x - size},${y + size}l${size * 2},${-size * 2}`,
      });
    case "bar":
      return svgElement("path", { class: className, d: `M${x - size * 1.2},${y}h${size * 2.4}` });
    default:
      return svgElement("circle", { class: className, cx: x, cy: y, r: size });
  }
}

/** From a value to a place between `from` and `to`. */
function scaleOf(axis, from, to) {
  const place = axis.log ? Math.log : (value) => value;
  const [low, high] = axis.domain.map(place);
  return (value) => from + ((place(value) - low) / (high - low || 1)) * (to - from);
}

/** At most about `count` round numbers within the axis. */
function roundTicks([low, high], log, count) {
  const ticks = [];
  if (log && high / low > 4) {
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
      for (const digit of high / low < 30 ? [1, 2, 3, 5] : high / low < 1e3 ? [1, 2, 5] : [1]) {
        const tick = digit * 10 ** power;
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    }
    return ticks;
  }
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough);
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1)
    ticks.push(index * step);
  return ticks;
}

function axes(spec, width, height, x, y) {
  const group = svgElement("g", {});
  const bottom = height - MARGIN.bottom;
  const text = (attributes, content) => svgElement("text", attributes, content);
  for (const tick of spec.y.ticks || roundTicks(spec.y.domain, spec.y.log, 5)) {
    group.append(
      svgElement("line", {
        class: "grid",
        x1: MARGIN.left,
        x2: width - MARGIN.right,
        y1: y(tick),
        y2: y(tick),
      }),
    );
    group.append(text({ x: MARGIN.left - 7, y: y(tick) + 4, "text-anchor": "end" }, spec.y.format(tick)));
  }
  let free = -Infinity;
  for (const tick of spec.x.ticks || roundTicks(spec.x.domain, spec.x.log, width < 480 ? 4 : 8)) {
    group.append(svgElement("line", { class: "axis", x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 5 }));
    // A label that would run into the last one is left out; its tick stays.
    const label = spec.x.format(tick);
    const half = label.length * 3.6 + 3;
    if (x(tick) - half < free) continue;
    free = x(tick) + half;
    group.append(text({ x: x(tick), y: bottom + 19, "text-anchor": "middle" }, label));
  }
  group.append(
    svgElement("line", { class: "axis", x1: MARGIN.left, x2: width - MARGIN.right, y1: bottom, y2: bottom }),
  );
  group.append(
    text(
      { x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 4, "text-anchor": "middle" },
      spec.x.title,
    ),
  );
  return group;
}

function drawSeries(series, x, y) {
  const group = svgElement("g", { class: series.tone });
  const faint = series.faint ? " faint" : "";
  if (series.line !== false && series.points.length > 1) {
    const path = series.points
      .map((point, index) => `${index ? "L" : "M"}${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`)
      .join("");
    group.append(
      svgElement("path", { class: `series${faint}`, d: path, "stroke-dasharray": series.dash || "none" }),
    );
  }
  // Long lines carry some eight marks, error bars one each.
  const stride = series.everyMark ? 1 : Math.max(1, Math.round(series.points.length / 8));
  series.points.forEach((point, index) => {
    const [px, py] = [x(point.x), y(point.y)];
    for (const value of point.values || [])
      group.append(svgElement("circle", { class: "dot", cx: px, cy: y(value), r: 2.4 }));
    if (point.low !== undefined) {
      const [low, high] = [y(point.low), y(point.high)];
      group.append(
        svgElement("path", {
          class: "series",
          "stroke-width": 1.6,
          d: `M${px},${low}V${high}M${px - 5},${low}h10M${px - 5},${high}h10`,
        }),
      );
    }
    if (index % stride && index !== series.points.length - 1) return;
    const mark = markerAt(series.marker, px, py, point.size || (series.faint ? 3 : 4.5), `marker${faint}`);
    if (point.title) mark.append(svgElement("title", {}, point.title));
    group.append(mark);
    if (point.label) {
      const flip = px > x.end - 90;
      group.append(
        svgElement(
          "text",
          {
            class: "mark-label",
            x: px + (flip ? -9 : 9),
            y: py + (point.labelBelow ? 17 : -8),
            "text-anchor": flip ? "end" : "start",
          },
          point.label,
        ),
      );
    }
  });
  return group;
}

/**
 * A figure with caption, drawing and legend. `spec`: caption, description, height, x and y ({title, domain, log, format,
 * ticks}), series ({name, tone, dash, marker, points}), rules (horizontal lines with a name), diagonal.
 */
function plot(spec) {
  const place = element("div", { className: "drawing" });
  const named = spec.series.filter((series) => series.name);
  const legend = element(
    "ul",
    { className: "legend" },
    ...named.map((series) => element("li", {}, swatch(series), series.name)),
  );
  let drawnWidth = 0;
  const draw = (width) => {
    if (width < 50 || width === drawnWidth) return;
    drawnWidth = width;
    const height = spec.square
      ? Math.min(width, 420)
      : spec.height || Math.max(240, Math.min(380, width * 0.55));
    const right = spec.square ? Math.min(width, 460) : width;
    const x = scaleOf(spec.x, MARGIN.left, right - MARGIN.right);
    const y = scaleOf(spec.y, height - MARGIN.bottom, MARGIN.top);
    x.end = right - MARGIN.right;
    const drawing = svgElement("svg", {
      viewBox: `0 0 ${width} ${height}`,
      height,
      role: "img",
      "aria-label": spec.description,
    });
    drawing.append(axes(spec, right, height, x, y));
    if (spec.diagonal)
      drawing.append(
        svgElement("path", {
          class: "rule",
          "stroke-dasharray": "2 4",
          d: `M${x(0)},${y(0)}L${x(1)},${y(1)}`,
        }),
      );
    for (const rule of spec.rules || []) {
      const group = svgElement("g", { class: rule.tone });
      group.append(
        svgElement("path", {
          class: "series",
          "stroke-dasharray": rule.dash,
          d: `M${MARGIN.left},${y(rule.y)}H${right - MARGIN.right}`,
        }),
      );
      group.append(
        svgElement(
          "text",
          { class: "mark-label", x: right - MARGIN.right, y: y(rule.y) - 6, "text-anchor": "end" },
          rule.name,
        ),
      );
      drawing.append(group);
    }
    for (const series of spec.series) drawing.append(drawSeries(series, x, y));
    place.replaceChildren(drawing);
  };
  // Drawing within the observer's own turn would change what it observes.
  new ResizeObserver((entries) =>
    requestAnimationFrame(() => draw(Math.floor(entries[0].contentRect.width))),
  ).observe(place);
  return element("figure", { className: "plot" }, element("figcaption", {}, spec.caption), place, legend);
}

/** A domain around values, with some room. */
function around(values, log) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.25, high * 1.25];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - room, high + room];
}
