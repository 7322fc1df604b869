// The drawing pad: strokes of a mouse, a finger, a pen or the arrow keys, as a list that can be undone.
//
// Notable choices:
// - strokes are kept in units of the pad's width, so that a resize or a turned phone loses nothing;
// - while a pen is down, and shortly after, touches are a palm; a touch that began before the pen came is taken back;
// - one pointer draws at a time; `pointercancel` (the system took the gesture) takes the stroke back;
// - what is read is not the screen's canvas but the ink alone, drawn again at one size: small, large, in a corner, on a
//   light or a dark ground, a digit is the same picture.

import { make } from "./elements.js";

/** Height of the pad beside its width. */
const ASPECT = 3 / 4;
/** Milliseconds after a pen in which touches still are the palm. */
const PALM = 500;
/** Of the picture that is read: pixels of the ink's longer side at the most, and of its height. */
const LONGEST = 400, INK_HEIGHT = 110;
/** Paper around the ink, as a share of its longer side; and the least side of what is looked at, of the pad's width. */
const MARGIN = 0.3, LEAST = 0.2;
/** Times the pen's width that ink has to reach: a pen that was put down and hardly moved has drawn a dot, and no digit. */
const DOT = 2;
/** Of the pad's width, how far an arrow key moves the pen. */
const STEP = 0.012;

export class Pad extends EventTarget {
  strokes = [];
  undone = [];
  width = 0.036;
  #drawing = null; // {pointer, type, stroke}
  #penUntil = 0;
  #cursor = null;

  constructor(canvas) {
    super();
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => { this.#liftKeys(); this.#cursor = null; this.redraw(); });
    new ResizeObserver(() => this.#resized()).observe(canvas);
    this.#resized();
  }

  get canUndo() { return this.strokes.length > 0; }
  get canRedo() { return this.undone.length > 0; }

  undo() {
    if (!this.canUndo) return;
    const last = this.strokes.pop();
    if (last.cleared) this.strokes = last.cleared;
    this.undone.push(last);
    this.#changed();
  }

  redo() {
    if (!this.canRedo) return;
    const next = this.undone.pop();
    this.#add(next.cleared ? { cleared: this.strokes } : next, true);
  }

  /** Wipes the pad; one undo brings all back. */
  clear() {
    if (!this.#visible().length) return;
    this.#add({ cleared: this.strokes });
  }

  #add(stroke, isRedo = false) {
    this.strokes = stroke.cleared ? [stroke] : [...this.strokes, stroke];
    if (!isRedo) this.undone = [];
    this.#changed();
  }

  /** Strokes with ink; a wiped pad holds one entry that remembers the others. */
  #visible() { return this.strokes.filter((stroke) => stroke.points); }

  get hasInk() { return this.#visible().length > 0; }

  #changed() {
    this.redraw();
    this.dispatchEvent(new Event("change"));
  }

  // Pointers

  #down(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (event.pointerType === "touch" && (performance.now() < this.#penUntil || this.#drawing?.type === "pen")) return;
    if (this.#drawing) {
      if (event.pointerType !== "pen" || this.#drawing.type === "pen") return;
      this.#takeBack(); // the palm came first
    }
    event.preventDefault();
    this.canvas.classList.add("by-pointer"); // who draws needs no ring around the pad
    this.canvas.focus({ preventScroll: true });
    this.#cursor = null;
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* it is gone already */ }
    this.#drawing = { pointer: event.pointerId, type: event.pointerType, stroke: { points: [this.#place(event)], width: this.width } };
    this.#add(this.#drawing.stroke);
  }

  #move(event) {
    if (event.pointerType === "pen" && event.buttons) this.#penUntil = performance.now() + PALM;
    if (event.pointerId !== this.#drawing?.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.#drawing.stroke.points.push(this.#place(one));
    this.#changed();
  }

  #up(event) {
    if (event.pointerId !== this.#drawing?.pointer) return;
    if (event.pointerType === "pen") this.#penUntil = performance.now() + PALM;
    this.#drawing = null;
    this.#changed();
  }

  #cancel(event) {
    if (event.pointerId === this.#drawing?.pointer) this.#takeBack();
  }

  #takeBack() {
    this.strokes = this.strokes.filter((stroke) => stroke !== this.#drawing.stroke);
    this.#drawing = null;
    this.#changed();
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.55 + 0.9 * event.pressure : 1;
    return [clamp((event.clientX - box.left) / box.width, 0, 1), clamp((event.clientY - box.top) / box.height, 0, 1) * ASPECT, pressure];
  }

  // Keys: the arrows move a pen, Space lowers and lifts it

  #key(event) {
    this.canvas.classList.remove("by-pointer");
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === " ") {
      event.preventDefault();
      this.#cursor ??= [0.5, ASPECT / 2];
      if (this.#drawing) return this.#liftKeys();
      this.#drawing = { pointer: "keys", type: "keys", stroke: { points: [[...this.#cursor, 1]], width: this.width } };
      return this.#add(this.#drawing.stroke);
    }
    if (!moves[event.key]) return;
    event.preventDefault();
    const [x, y] = this.#cursor ?? [0.5, ASPECT / 2], step = event.shiftKey ? 4 * STEP : STEP;
    const [right, down] = moves[event.key];
    this.#cursor = [clamp(x + right * step, 0, 1), clamp(y + down * step, 0, ASPECT)];
    if (this.#drawing?.type === "keys") {
      this.#drawing.stroke.points.push([...this.#cursor, 1]);
      this.#changed();
    } else this.redraw();
  }

  #liftKeys() {
    if (this.#drawing?.type === "keys") this.#drawing = null;
  }

  // Drawing

  #resized() {
    const ratio = window.devicePixelRatio || 1, across = this.canvas.clientWidth;
    if (!across) return;
    this.canvas.width = Math.round(across * ratio);
    this.canvas.height = Math.round(across * ASPECT * ratio);
    this.redraw();
  }

  redraw() {
    const { canvas, context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(canvas.width, 0, 0, canvas.width, 0, 0);
    context.strokeStyle = context.fillStyle = getComputedStyle(canvas).color;
    for (const stroke of this.#visible()) trace(context, stroke);
    if (this.#cursor) {
      context.globalAlpha = 0.6;
      context.lineWidth = 0.003;
      context.beginPath();
      context.arc(...this.#cursor, this.width, 0, 2 * Math.PI);
      context.stroke();
      context.globalAlpha = 1;
    }
  }

  /** The ink as a picture to be read, black on white: a canvas; null if there is none, or a dot. */
  picture() {
    const strokes = this.#visible();
    if (!strokes.length) return null;
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    for (const { points, width } of strokes) {
      for (const [x, y, pressure] of points) {
        const reach = (width * pressure) / 2;
        left = Math.min(left, x - reach), right = Math.max(right, x + reach);
        top = Math.min(top, y - reach), bottom = Math.max(bottom, y + reach);
      }
    }
    const longer = Math.max(right - left, bottom - top);
    if (longer < DOT * Math.max(...strokes.map((stroke) => stroke.width))) return null;
    const scale = Math.min(LONGEST / longer, INK_HEIGHT / Math.max(bottom - top, 0.4 * (right - left), LEAST * ASPECT));
    const width = Math.max(right - left + 2 * MARGIN * longer, LEAST), height = Math.max(bottom - top + 2 * MARGIN * longer, LEAST);
    const canvas = make("canvas", { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = context.strokeStyle = "#000";
    context.setTransform(scale, 0, 0, scale, canvas.width / 2 - (scale * (left + right)) / 2, canvas.height / 2 - (scale * (top + bottom)) / 2);
    for (const stroke of strokes) trace(context, stroke);
    return canvas;
  }
}

/** One stroke: through the middles between its points, each piece as wide as the pen was pressed. */
function trace(context, { points, width }) {
  context.lineCap = context.lineJoin = "round";
  if (points.length === 1) {
    const [x, y, pressure] = points[0];
    context.beginPath();
    context.arc(x, y, (width * pressure) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  let [fromX, fromY] = points[0];
  for (let at = 1; at < points.length; at++) {
    const [x, y, pressure] = points[at], isLast = at === points.length - 1;
    const [lastX, lastY] = points[at - 1];
    const toX = isLast ? x : (x + lastX) / 2, toY = isLast ? y : (y + lastY) / 2;
    context.beginPath();
    context.lineWidth = width * pressure;
    context.moveTo(fromX, fromY);
    context.quadraticCurveTo(lastX, lastY, toX, toY);
    context.stroke();
    [fromX, fromY] = [toX, toY];
  }
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
