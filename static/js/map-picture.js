// The map as a PNG file: what is seen, with title, legend, scale, date and attribution. It is painted by the browser from
// what the map has drawn (paths, marks, names, tiles), so the picture shows what the person sees, in their theme.

import { legends } from "./layer-legend.js";
import { number, Painter, SCALE, swatch, token } from "./picture-painter.js";
import { _, interpolate, locale } from "./texts.js";

const HEAD = 58;
const PADDING = 16;
const LINE = 18;
const COLUMN = 300;
const SWATCH = { width: 22, height: 14 };
const MOST_SIDE = 16000; // pixels that browsers draw

// --- glyphs of single posts lie in the sprite
const glyphsOf = async (href) => {
  const response = await fetch(href);
  if (!response.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "image/svg+xml");
};

// --- head and foot
const wrapped = (context, words, width) => {
  const lines = [""];
  for (const word of words.split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (context.measureText(longer).width <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
};

const font = (size, weight = 400) => `${weight} ${size}px ${token("--font-ui") || "sans-serif"}`;

// Blocks of the foot as lines: { words, weight, swatch }.
const footLines = (context, layers) => {
  const posts = [...document.querySelectorAll(".legend ul:first-of-type li")].map((row) => ({ swatch: row.firstElementChild, words: row.textContent.trim() }));
  const blocks = [{ label: _("Posts"), rows: posts, notes: [] }, ...legends(layers)];
  context.font = font(12);
  return blocks.map(({ label, rows, notes }) => [
    { words: label, weight: 600 },
    ...rows.flatMap(({ swatch: sign, words }) =>
      wrapped(context, words, COLUMN - 60).map((line, index) => ({ words: line, weight: 400, swatch: index ? null : sign, inset: true })),
    ),
    ...notes.flatMap((note) => wrapped(context, note, COLUMN - 30).map((line) => ({ words: line, weight: 400, quiet: true }))),
  ]);
};

// Blocks into columns, each to the shortest.
const columns = (blocks, count) => {
  const found = Array.from({ length: count }, () => ({ lines: [], height: 0 }));
  for (const block of blocks) {
    const shortest = found.reduce((least, one) => (one.height < least.height ? one : least));
    shortest.lines.push(...block, null);
    shortest.height += (block.length + 0.5) * LINE;
  }
  return found;
};

const drawFoot = (context, found, top) => {
  found.forEach(({ lines }, index) => {
    const x = PADDING + index * COLUMN;
    let y = top + LINE / 2 + 6;
    for (const line of lines) {
      if (line) {
        context.textAlign = "left";
        context.textBaseline = "middle";
        context.font = font(12, line.weight);
        context.fillStyle = token(line.quiet ? "--text-2" : "--text");
        if (line.swatch) swatch(context, line.swatch, x, y - SWATCH.height / 2, SWATCH.width, SWATCH.height);
        context.fillText(line.words, x + (line.inset ? SWATCH.width + 8 : 0), y);
      }
      y += line ? LINE : LINE / 2;
    }
  });
};

const drawScale = (context, map, width, height) => {
  const line = map.getContainer().querySelector(".leaflet-control-scale-line");
  const length = number(line?.style.width);
  if (!length) return;
  const [x, y] = [width - length - 20, height - 34];
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineCap = "butt";
  for (const [colour, thick] of [
    [token("--map-halo"), 5],
    [token("--text"), 2],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = Number(thick);
    context.stroke(new Path2D(`M${x} ${y - 5}V${y}H${x + length}V${y - 5}`));
  }
  context.font = font(12, 600);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.lineWidth = 3;
  context.strokeStyle = token("--map-halo");
  context.strokeText(line.textContent, x + length / 2, y - 8);
  context.fillStyle = token("--text");
  context.fillText(line.textContent, x + length / 2, y - 8);
};

const drawWatermark = (context, width, height) => {
  const mark = document.querySelector(".watermark");
  if (!mark) return;
  context.globalAlpha = 0.18;
  context.font = font(Math.max(40, width / 12), 700);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = token("--map-label");
  context.fillText(mark.textContent, width / 2, height * 0.55);
  context.globalAlpha = 1;
};

const heading = () => {
  const event = document.querySelector(".print-head h2")?.textContent ?? document.querySelector("h1")?.textContent ?? "";
  const room = /** @type {HTMLElement} */ (document.querySelector("[data-room]"));
  const zone = room.dataset.timezone || "UTC";
  const at = new Date().toLocaleString(locale, { dateStyle: "long", timeStyle: "short", timeZone: zone });
  const filter = document.querySelector(".print-head bdi")?.textContent ?? "";
  return {
    event,
    line: [`${at} (${zone})`, filter && interpolate(_("Filter: %(filter)s"), { filter })].filter(Boolean).join(" · "),
    ref: room.dataset.event || "all",
  };
};

const paint = async (map, layers) => {
  const container = map.getContainer();
  const box = container.getBoundingClientRect();
  const sprite = await glyphsOf(/** @type {HTMLElement} */ (document.querySelector("[data-room]")).dataset.sprite).catch(() => null);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const blocks = footLines(context, layers);
  const width = Math.max(box.width, COLUMN + 2 * PADDING);
  const found = columns(blocks, Math.max(1, Math.floor((width - PADDING) / COLUMN)));
  const { event, line, ref } = heading();
  const credit = document.querySelector(".attribution")?.textContent.replace(/\s+/g, " ").trim() ?? "";
  context.font = font(12);
  const credits = wrapped(context, credit, width - 2 * PADDING);
  const lines = wrapped(context, line, width - 2 * PADDING);
  const head = HEAD + (lines.length - 1) * LINE;
  const height = head + box.height + Math.max(...found.map((one) => one.height)) + credits.length * LINE + 2 * PADDING;
  if (Math.max(width, height) * SCALE > MOST_SIDE) throw new Error(_("The window is too large for a picture. Make it smaller."));
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  context.scale(SCALE, SCALE);
  context.fillStyle = token("--surface");
  context.fillRect(0, 0, width, height);
  context.fillStyle = token("--text");
  context.textBaseline = "middle";
  context.font = font(18, 600);
  context.fillText(event, PADDING, 22, width - 2 * PADDING);
  context.font = font(12);
  context.fillStyle = token("--text-2");
  lines.forEach((one, index) => {
    context.fillText(one, PADDING, 44 + index * LINE);
  });
  context.save();
  context.translate(0, head);
  context.beginPath();
  context.rect(0, 0, box.width, box.height);
  context.clip();
  context.fillStyle = token("--map-water");
  context.fillRect(0, 0, box.width, box.height);
  new Painter(context, box, sprite).draw(map.getPane("mapPane"));
  drawWatermark(context, box.width, box.height);
  drawScale(context, map, box.width, box.height);
  context.restore();
  context.globalAlpha = 1;
  context.setLineDash([]);
  drawFoot(context, found, head + box.height);
  context.font = font(12);
  context.textAlign = "left";
  context.fillStyle = token("--text-2");
  credits.forEach((one, index) => {
    context.fillText(one, PADDING, height - PADDING - (credits.length - 1 - index) * LINE);
  });
  return { canvas, ref };
};

// Saves the picture as a file and returns its name.
export const savePicture = async (map, layers) => {
  await document.fonts?.ready;
  const { canvas, ref } = await paint(map, layers);
  const blob = await new Promise((resolve, reject) => {
    try {
      canvas.toBlob((made) => (made ? resolve(made) : reject(new Error(_("the browser gave none")))), "image/png");
    } catch (error) {
      // Pictures of other servers that don't allow it
      reject(error.name === "SecurityError" ? new Error(_("the base map's server doesn't allow pictures of its tiles. Print the page instead.")) : error);
    }
  });
  const name = `responder-map-${ref}-${new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, "")}Z.png`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return name;
};
