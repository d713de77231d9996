// Draws the charts of the analytics page with Chart.js, in the colours of the page's tokens.
// Dash calls `drawVolume` with the panel's numbers (responder/dashboards/panel.py) whenever they change;
// the page's form changes its address, which Dash follows. Without this script the form loads the page anew.
(function () {
  "use strict";

  const CANVAS = "volume-canvas";
  const READOUT = "volume-readout";
  let chart = null;
  let latest = null;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

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

  function datasets(numbers) {
    return numbers.series.map((series) => {
      const colour = token(`--grp-${series.id}`);
      const stripes = hatched(colour);
      return {
        label: series.label,
        data: series.values,
        backgroundColor: numbers.partial.map((partial) => (partial ? stripes : colour)),
        borderColor: numbers.partial.map((partial) => (partial ? colour : token("--surface"))),
        borderWidth: numbers.partial.map((partial) => (partial ? 1 : { top: 1 })),
        borderSkipped: false,
        barPercentage: 1,
        categoryPercentage: 0.86,
        maxBarThickness: 48,
      };
    });
  }

  /** What one bar says, in words: the same for pointer, touch and keyboard. */
  function readout(numbers, index) {
    const counts = numbers.series.map((series) => `${series.label} ${series.values[index]}`);
    const total = numbers.series.reduce((sum, series) => sum + series.values[index], 0);
    const filling = numbers.partial[index] ? ` (${numbers.filling})` : "";
    return `${numbers.labels[index]}${filling}: ${total} ${numbers.total}. ${counts.join(", ")}.`;
  }

  function show(index) {
    const place = document.getElementById(READOUT);
    const words = index === null ? "" : readout(latest, index);
    if (place && place.textContent !== words) place.textContent = words;
  }

  function options() {
    const font = { family: token("--font-ui"), size: 12 };
    const ticks = { color: token("--text-2"), font };
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      onHover: (_event, active) => show(active.length ? active[0].index : null),
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          stacked: true,
          grid: { display: false },
          border: { color: token("--border-strong") },
          ticks: { ...ticks, autoSkip: true, autoSkipPadding: 14, maxRotation: 0 },
        },
        y: {
          stacked: true,
          beginAtZero: true,
          grid: { color: token("--border") },
          border: { display: false },
          ticks: { ...ticks, precision: 0, maxTicksLimit: 6 },
        },
      },
    };
  }

  function step(event) {
    const last = latest ? latest.labels.length - 1 : -1;
    const active = chart ? chart.getActiveElements() : [];
    const now = active.length ? active[0].index : null;
    const moves = {
      ArrowRight: now === null ? 0 : Math.min(last, now + 1),
      ArrowLeft: now === null ? last : Math.max(0, now - 1),
      Home: 0,
      End: last,
      Escape: null,
    };
    if (last < 0 || !(event.key in moves)) return;
    event.preventDefault();
    point(moves[event.key]);
  }

  function point(index) {
    const active = index === null ? [] : latest.series.map((_series, datasetIndex) => ({ datasetIndex, index }));
    chart.setActiveElements(active);
    chart.update("none");
    show(index);
  }

  function draw() {
    const canvas = document.getElementById(CANVAS);
    if (!canvas || !latest) return;
    const data = { labels: latest.labels, datasets: datasets(latest) };
    if (chart && chart.canvas === canvas) {
      chart.data = data;
      chart.options = options();
      chart.update("none");
      return;
    }
    if (chart) chart.destroy();
    chart = new window.Chart(canvas, { type: "bar", data, options: options() });
    canvas.addEventListener("keydown", step);
    canvas.addEventListener("blur", () => point(null));
  }

  function drawVolume(numbers) {
    if (!numbers) return window.dash_clientside.no_update;
    latest = numbers;
    draw();
    const radio = form && form.querySelector(`input[name="t"][value="${CSS.escape(numbers.range)}"]`);
    if (radio) radio.checked = true; // after the browser's back button
    return numbers.summary;
  }

  // A range is shown at once; another event changes the whole page, so its button is left to load it.
  function choose(event) {
    if (event.target.name !== "t" || !window.dash_clientside.set_props) return;
    const query = new URLSearchParams(window.location.search);
    query.set("t", event.target.value);
    window.dash_clientside.set_props("volume-address", { search: `?${query}` });
  }

  const form = document.querySelector("[data-analytics-form]");
  if (form) form.addEventListener("change", choose);

  // The theme may change while the page is open, by the device or by the person.
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { responder: { drawVolume } });
})();
