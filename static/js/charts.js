// Draws the charts of the analytics page with Chart.js, in the colours of the page's tokens.
// Dash calls `draw` and `drawSpark` with a panel's numbers (responder/dashboards/app.py) whenever they change;
// the page's form changes its address, which Dash follows. Without this script the form loads the page anew.
(() => {
  "use strict";

  const drawn = new Map(); // id of a canvas → {chart, numbers, redraw}
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const font = (size = 12) => ({ family: token("--font-ui"), size });

  /** Diagonal stripes of one colour: a second cue, besides the words, that a bar is still filling. */
  function hatched(colour) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    for (const offset of [-6, 0, 6]) {
      pen.beginPath();
      pen.moveTo(offset, 6);
      pen.lineTo(offset + 6, 0);
      pen.stroke();
    }
    return pen.createPattern(tile, "repeat");
  }

  function bars(numbers, series) {
    const colour = token(series.token);
    const stripes = hatched(colour);
    const edge = numbers.kind === "across" ? { right: 1 } : { top: 1 };
    return {
      label: series.label,
      data: series.values,
      backgroundColor: numbers.partial.map((partial) => (partial ? stripes : colour)),
      borderColor: numbers.partial.map((partial) => (partial ? colour : token("--surface"))),
      borderWidth: numbers.partial.map((partial) => (partial ? 1 : edge)),
      borderSkipped: false,
      barPercentage: 1,
      categoryPercentage: 0.86,
      maxBarThickness: numbers.kind === "across" ? 26 : 48,
    };
  }

  function line(series) {
    const colour = token(series.token);
    return {
      label: series.label,
      data: series.values,
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: 2,
      borderDash: series.dashed ? [6, 4] : [],
      pointRadius: 3,
      pointStyle: series.dashed ? "rectRot" : "circle",
      spanGaps: false,
    };
  }

  const said = (numbers, value) => (value === null ? numbers.none : `${value}${numbers.unit ? ` ${numbers.unit}` : ""}`);

  /** What one bar says, in words: the same for pointer, touch and keyboard. */
  function readout(numbers, index) {
    const filling = numbers.partial[index] ? ` (${numbers.filling})` : "";
    const parts = numbers.series.map((series) => `${series.label} ${said(numbers, series.values[index])}`);
    const whole = numbers.series.reduce((sum, series) => sum + series.values[index], 0);
    const total = numbers.kind !== "line" && numbers.series.length > 1 ? ` ${whole} ${numbers.total}.` : "";
    return `${numbers.labels[index]}${filling}:${total} ${parts.join(", ")}.`;
  }

  function show(id, index) {
    const place = document.getElementById(id.replace("-canvas", "-readout"));
    const words = index === null ? "" : readout(drawn.get(id).numbers, index);
    if (place && place.textContent !== words) place.textContent = words;
  }

  function label(pen, words, x, y, area) {
    pen.font = `11px ${token("--font-ui")}`;
    const width = pen.measureText(words).width;
    const left = Math.max(area.left, Math.min(x + 4, area.right - width - 2));
    pen.fillStyle = token("--surface");
    pen.globalAlpha = 0.85;
    pen.fillRect(left - 2, y - 10, width + 4, 14);
    pen.globalAlpha = 1;
    pen.fillStyle = token("--text-2");
    pen.fillText(words, left, y);
  }

  /** What happened on the axis of time, and the target. Their words stand in the panel's note too. */
  const marking = {
    id: "marking",
    afterDatasetsDraw(chart) {
      const numbers = drawn.get(chart.canvas.id)?.numbers;
      if (!numbers) return;
      const { ctx: pen, chartArea: area, scales } = chart;
      const step = numbers.labels.length ? area.width / numbers.labels.length : 0;
      pen.save();
      pen.lineWidth = 1;
      numbers.marks.forEach((mark, place) => {
        const x = area.left + mark.at * step;
        if (mark.until !== null) {
          pen.fillStyle = token("--alarm");
          pen.globalAlpha = 0.12;
          pen.fillRect(x, area.top, Math.max(2, (mark.until - mark.at) * step), area.height);
          pen.globalAlpha = 1;
        }
        pen.strokeStyle = token(mark.kind === "outage" ? "--alarm" : "--text-2");
        pen.setLineDash(mark.kind === "event" ? [] : [4, 3]);
        pen.beginPath();
        pen.moveTo(x, area.top);
        pen.lineTo(x, area.bottom);
        pen.stroke();
        label(pen, mark.words, x, area.top + 12 + (place % 4) * 15, area);
      });
      if (numbers.target) {
        const y = scales.y.getPixelForValue(numbers.target[0]);
        pen.strokeStyle = token("--ok");
        pen.setLineDash([2, 3]);
        pen.beginPath();
        pen.moveTo(area.left, y);
        pen.lineTo(area.right, y);
        pen.stroke();
        label(pen, numbers.target[1], area.right, y - 4, area);
      }
      pen.restore();
    },
  };

  function scales(numbers) {
    const across = numbers.kind === "across";
    const ticks = { color: token("--text-2"), font: font() };
    const top = numbers.target ? numbers.target[0] * 1.2 : undefined;
    const names = {
      stacked: numbers.kind !== "line",
      grid: { display: false },
      border: { color: token("--border-strong") },
      ticks: { ...ticks, autoSkip: !across, autoSkipPadding: 14, maxRotation: 0 },
    };
    const counts = {
      stacked: numbers.kind !== "line",
      beginAtZero: true,
      suggestedMax: top,
      max: numbers.limit ?? undefined,
      grid: { color: token("--border") },
      border: { display: false },
      ticks: { ...ticks, precision: 0, maxTicksLimit: 6 },
    };
    return across ? { x: counts, y: names } : { x: names, y: counts };
  }

  function options(id, numbers) {
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: numbers.kind === "across" ? "y" : "x",
      interaction: { mode: "index", axis: numbers.kind === "across" ? "y" : "x", intersect: false },
      onHover: (_event, active) => show(id, active.length ? active[0].index : null),
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: scales(numbers),
    };
  }

  const MOVES = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "Escape"];

  function step(event) {
    const id = event.currentTarget.id;
    const { chart, numbers } = drawn.get(id);
    const last = numbers.labels.length - 1;
    if (last < 0 || !MOVES.includes(event.key)) return;
    const active = chart.getActiveElements();
    const now = active.length ? active[0].index : null;
    const next = now === null ? 0 : Math.min(last, now + 1);
    const before = now === null ? last : Math.max(0, now - 1);
    const to = { ArrowRight: next, ArrowDown: next, ArrowLeft: before, ArrowUp: before, Home: 0, End: last, Escape: null };
    event.preventDefault();
    event.stopPropagation();
    point(id, to[event.key]);
  }

  function point(id, index) {
    const { chart, numbers } = drawn.get(id);
    chart.setActiveElements(index === null ? [] : numbers.series.map((_series, datasetIndex) => ({ datasetIndex, index })));
    chart.update("none");
    show(id, index);
  }

  function put(id, numbers, config, redraw) {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    const before = drawn.get(id);
    const same = before && before.chart.canvas === canvas && before.chart.config.type === config.type;
    if (before && !same) before.chart.destroy();
    if (!same) {
      drawn.set(id, { numbers, redraw, chart: null });
      drawn.get(id).chart = new window.Chart(canvas, config);
      return canvas;
    }
    Object.assign(before, { numbers, redraw });
    before.chart.data = config.data;
    before.chart.options = config.options;
    before.chart.update("none");
    return null;
  }

  function chart(id, numbers) {
    const across = numbers.kind === "across";
    const canvas = document.getElementById(id);
    const empty = !numbers.series.some((series) => series.values.some((value) => (numbers.kind === "line" ? value !== null : value)));
    if (canvas) canvas.parentElement.classList.toggle("is-empty", empty); // the sentence above says so
    if (canvas && across) canvas.parentElement.classList.toggle("is-short", numbers.labels.length <= 4);
    const datasets = numbers.series.map((series) => (numbers.kind === "line" ? line(series) : bars(numbers, series)));
    const type = numbers.kind === "line" ? "line" : "bar";
    const config = { type, data: { labels: numbers.labels, datasets }, options: options(id, numbers), plugins: [marking] };
    const made = put(id, numbers, config, () => chart(id, numbers));
    if (!made) return;
    made.addEventListener("keydown", step);
    made.addEventListener("blur", () => point(id, null));
  }

  function spark(id, numbers, values) {
    const axis = { display: false, beginAtZero: true };
    const colour = token("--accent");
    const data = {
      labels: values.map((_value, place) => place),
      datasets: [{ data: values, borderColor: colour, backgroundColor: token("--accent-tint"), borderWidth: 1.5, fill: true, pointRadius: 0 }],
    };
    const options = {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: { x: axis, y: axis },
    };
    put(id, numbers, { type: "line", data, options }, () => spark(id, numbers, values));
  }

  const asked = () => window.dash_clientside.callback_context.outputs_list.id;

  function draw(numbers) {
    if (!numbers) return window.dash_clientside.no_update;
    chart(asked(), numbers);
    arrive(numbers);
    return numbers.summary;
  }

  function drawSpark(numbers) {
    const id = asked();
    const found = numbers?.sparks[id.replace("figures-spark-", "")];
    if (!found) return window.dash_clientside.no_update;
    spark(id, numbers, found.values);
    const known = found.values.filter((value) => value !== null);
    return known.length ? `${found.label}: ${known[0]} → ${known[known.length - 1]}` : `${found.label}: ${numbers.none}`;
  }

  let arrived = false;

  /** A link may name a panel: it takes the focus once. The page's form follows the browser's back button. */
  function arrive(numbers) {
    const radio = form?.querySelector(`input[name="t"][value="${CSS.escape(numbers.range)}"]`);
    if (radio) radio.checked = true;
    const select = document.querySelector("select#t");
    if (select && [...select.options].some((option) => option.value === numbers.range)) select.value = numbers.range;
    const wanted = new URLSearchParams(window.location.search).get("panel");
    const panel = !arrived && wanted && document.getElementById(`panel-${wanted}`);
    if (!panel) return;
    arrived = true;
    panel.scrollIntoView({ block: "start" });
    panel.focus({ preventScroll: true });
  }

  // A range is shown at once, without loading the page.
  function choose(event) {
    if (event.target.name !== "t" || !window.dash_clientside.set_props) return;
    const query = new URLSearchParams(window.location.search);
    query.set("t", event.target.value);
    window.dash_clientside.set_props("address", { search: `?${query}` });
  }

  const form = document.querySelector("[data-analytics-form]");
  if (form) form.addEventListener("change", choose);

  // The theme may change while the page is open, by the device or by the person.
  const redraw = () => {
    for (const one of drawn.values()) one.redraw();
  };
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { responder: { draw, drawSpark } });
})();
