// The map as a PNG file: what is seen, with title, legend, scale, date and attribution. It is painted by the browser from
// what the map has drawn (paths, marks, names, tiles), so the picture shows what the person sees, in their theme.

import { legends } from "./layer-legend.js";
import { _, interpolate, locale } from "./texts.js";

const SCALE = 2; // pixels of the picture to one of the screen
const HEAD = 58;
const PADDING = 16;
const LINE = 18;
const COLUMN = 300;
const SWATCH = { width: 22, height: 14 };
const MOST_SIDE = 16000; // pixels that browsers draw

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (text) => Number.parseFloat(text) || 0;
const seen = (style) => style.display !== "none" && style.visibility !== "hidden" && number(style.opacity) > 0;
const clear = (colour) => !colour || colour === "none" || colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);

// --- glyphs of single posts lie in the sprite
const glyphsOf = async (href) => {
  const response = await fetch(href);
  if (!response.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "image/svg+xml");
};

class Painter {
  constructor(context, box, sprite) {
    this.context = context;
    this.box = box;
    this.sprite = sprite;
  }

  // Draws an element of the map and all within it, `opacity` of its parents.
  draw(element, opacity = 1) {
    const style = getComputedStyle(element);
    if (!seen(style)) return;
    const strength = opacity * number(style.opacity);
    this.context.globalAlpha = strength;
    if (element instanceof HTMLCanvasElement || element instanceof HTMLImageElement) this.image(element);
    else if (element instanceof SVGElement && element.localName !== "svg") {
      if (element.localName === "pattern") return;
      this.vector(/** @type {any} */ (element), style, strength);
      if (element.localName === "use" || element.localName === "text") return;
    } else if (element instanceof HTMLElement) this.html(element, style);
    for (const child of this.ordered(element)) this.draw(child, strength);
  }

  // Children as they are painted: by z-index, then as they stand.
  ordered(element) {
    const height = (child) => number(getComputedStyle(child).zIndex);
    return [...element.children]
      .map((child, index) => ({ child, index, at: height(child) }))
      .sort((a, b) => a.at - b.at || a.index - b.index)
      .map(({ child }) => child);
  }

  place(rect) {
    return { x: rect.left - this.box.left, y: rect.top - this.box.top, width: rect.width, height: rect.height };
  }

  image(element) {
    const { x, y, width, height } = this.place(element.getBoundingClientRect());
    if (width && height) this.context.drawImage(element, x, y, width, height);
  }

  vector(element, style, strength) {
    const matrix = element.getScreenCTM?.();
    if (!matrix) return;
    const { context } = this;
    context.save();
    context.transform(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e - this.box.left, matrix.f - this.box.top);
    if (element.localName === "text") this.words(element.textContent, number(element.getAttribute("x")), number(element.getAttribute("y")), style, style.fill);
    else if (element.localName === "use") this.glyph(element, style);
    else this.path(pathOf(element), style, strength);
    context.restore();
  }

  path(path, style, strength) {
    if (!path) return;
    const { context } = this;
    if (!clear(style.fill)) {
      context.globalAlpha = strength * number(style.fillOpacity);
      context.fillStyle = style.fill.includes("url(") ? hatchOf(context) : style.fill;
      context.fill(path, style.fillRule === "evenodd" ? "evenodd" : "nonzero");
    }
    if (!clear(style.stroke) && number(style.strokeWidth)) {
      context.globalAlpha = strength * number(style.strokeOpacity);
      context.strokeStyle = style.stroke;
      context.lineWidth = number(style.strokeWidth);
      context.lineCap = style.strokeLinecap;
      context.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(number));
      context.lineDashOffset = number(style.strokeDashoffset);
      context.stroke(path);
    }
    context.globalAlpha = strength;
  }

  glyph(element, style) {
    const symbol = this.sprite?.getElementById((element.getAttribute("href") ?? "").split("#")[1]);
    if (!symbol) return;
    const { context } = this;
    const [x, y, width] = ["x", "y", "width"].map((name) => number(element.getAttribute(name)));
    context.translate(x, y);
    context.scale(width / 24, width / 24);
    context.strokeStyle = style.color;
    context.lineWidth = 2;
    context.lineCap = context.lineJoin = "round";
    context.setLineDash([]);
    for (const part of symbol.querySelectorAll("*")) {
      const path = pathOf(part);
      if (path) context.stroke(path);
    }
  }

  html(element, style) {
    const rect = element.getBoundingClientRect();
    if (element.classList.contains("place-mark")) {
      const { x, y, width, height } = this.place(rect);
      swatch(this.context, element, x + width / 2 - 8, y + height / 2 - 8, 16, 16);
      return;
    }
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const { x, y, width, height } = this.place(rect);
    if (!clear(style.backgroundColor) && width && !element.classList.contains("leaflet-pane")) {
      this.context.beginPath();
      this.context.roundRect(x, y, width, height, Math.min(number(style.borderRadius), height / 2));
      this.context.fillStyle = style.backgroundColor;
      this.context.fill();
      if (number(style.borderTopWidth) && !clear(style.borderTopColor)) {
        this.context.strokeStyle = style.borderTopColor;
        this.context.lineWidth = number(style.borderTopWidth);
        this.context.setLineDash([]);
        this.context.stroke();
      }
    }
    if (own.length && !element.matches("button"))
      this.words(own.map((node) => node.textContent.trim()).join(" "), x + width / 2, y + height / 2, style, style.color);
  }

  words(words, x, y, style, colour) {
    const { context } = this;
    context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.letterSpacing = style.letterSpacing === "normal" ? "0px" : style.letterSpacing;
    const said = style.textTransform === "uppercase" ? words.toLocaleUpperCase(locale) : words;
    if (style.textShadow && style.textShadow !== "none") {
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.setLineDash([]);
      context.strokeStyle = token("--map-halo");
      context.strokeText(said, x, y);
    }
    context.fillStyle = colour;
    context.fillText(said, x, y);
    context.letterSpacing = "0px";
  }
}

const pathOf = (element) => {
  const at = (name) => number(element.getAttribute(name));
  const path = new Path2D();
  switch (element.localName) {
    case "path":
      return new Path2D(element.getAttribute("d") ?? "");
    case "circle": {
      // As SVG draws it: from three o'clock, clockwise, so that dashes fall where they do on the screen.
      path.arc(at("cx"), at("cy"), at("r"), 0, 2 * Math.PI);
      return path;
    }
    case "rect":
      path.roundRect(at("x"), at("y"), at("width"), at("height"), at("rx"));
      return path;
    case "line":
      path.moveTo(at("x1"), at("y1"));
      path.lineTo(at("x2"), at("y2"));
      return path;
    case "polyline":
    case "polygon": {
      const points = (element.getAttribute("points") ?? "")
        .trim()
        .split(/[\s,]+/)
        .map(Number);
      for (let index = 0; index + 1 < points.length; index += 2) path.lineTo(points[index], points[index + 1]);
      if (element.localName === "polygon") path.closePath();
      return path;
    }
    default:
      return null;
  }
};

const hatchOf = (context) => {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6 * SCALE;
  const pen = tile.getContext("2d");
  pen.scale(SCALE, SCALE);
  pen.strokeStyle = token("--text-2");
  pen.lineWidth = 1.5;
  pen.stroke(new Path2D("M-1 1 1 -1M0 6 6 0M5 7 7 5"));
  const paint = context.createPattern(tile, "repeat");
  paint.setTransform(new DOMMatrix().scale(1 / SCALE));
  return paint;
};

// A sign of the legend, as its element looks.
const swatch = (context, element, x, y, width, height) => {
  const style = getComputedStyle(element);
  context.save();
  context.translate(x + width / 2, y + height / 2);
  const isLine = element.classList.contains("layer-line");
  const size = element.classList.contains("place-mark") ? 11 : null;
  if (element.classList.contains("place-incident")) context.rotate(Math.PI / 4);
  const [w, h] = size ? [size, size] : [Math.min(width, number(style.width) || width), Math.min(height, number(style.height) || height)];
  context.beginPath();
  if (isLine) {
    context.moveTo(-width / 2, 0);
    context.lineTo(width / 2, 0);
    context.setLineDash(style.borderTopStyle === "dotted" ? [2, 7] : []);
    context.lineCap = "round";
    context.lineWidth = number(style.borderTopWidth);
    context.strokeStyle = style.borderTopColor;
    context.stroke();
    context.restore();
    return;
  }
  context.roundRect(-w / 2, -h / 2, w, h, Math.min(number(style.borderRadius), h / 2));
  if (!clear(style.backgroundColor)) {
    context.fillStyle = style.backgroundColor;
    context.fill();
  }
  if (element.classList.contains("hatch-key")) {
    context.fillStyle = hatchOf(context);
    context.fill();
  }
  const outlined = number(style.outlineWidth) && style.outlineStyle !== "none" ? ["outlineWidth", "outlineColor"] : ["borderTopWidth", "borderTopColor"];
  if (number(style[outlined[0]]) && !clear(style[outlined[1]])) {
    context.setLineDash(/dashed|dotted/.test(style.borderTopStyle) && outlined[0] === "borderTopWidth" ? [3, 3] : []);
    context.lineWidth = number(style[outlined[0]]);
    context.strokeStyle = style[outlined[1]];
    context.stroke();
  }
  context.restore();
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
