// Paints what the map has drawn onto a canvas: paths by their `d` and their computed style, marks, names, tiles.

import { locale } from "./texts.js";

export const SCALE = 2; // pixels of the picture to one of the screen
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const number = (text) => Number.parseFloat(text) || 0;
const seen = (style) => style.display !== "none" && style.visibility !== "hidden" && number(style.opacity) > 0;
const clear = (colour) => !colour || colour === "none" || colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);

export class Painter {
  constructor(context, box, sprite) {
    this.context = context;
    this.box = box;
    this.sprite = sprite;
  }

  // Draws an element of the map and all within it, `opacity` of its parents.
  draw(element, opacity = 1) {
    if (element.matches?.(".mark-flag")) return; // what is selected is the person's own
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
export const swatch = (context, element, x, y, width, height) => {
  const style = getComputedStyle(element);
  context.save();
  context.translate(x + width / 2, y + height / 2);
  const isLine = element.classList.contains("layer-line");
  const size = element.classList.contains("place-mark") ? 11 : element.classList.contains("swatch") ? 14 : null;
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
