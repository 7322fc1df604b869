// Small pieces that all views are built of: elements, bars, a 28×28 form. Nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";
const SIDE = 28;

/** An element: `make("button", {class: "quiet", onclick: go}, "Go")`. Functions become listeners. */
export function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A probability in words that are short: 99.6 %, never 100 % unless it is. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  const shown = share > 0.995 && share < 1 ? Math.floor(share * 1000) / 10 : Math.round(share * 1000) / 10;
  return `${Math.min(shown, share < 1 ? 99.9 : 100).toFixed(1)} %`;
}

/** Ten bars, one a digit, which are updated in place so that they can glide. */
export class Bars {
  constructor(label = "How likely each digit is") {
    this.rows = Array.from({ length: 10 }, (_, digit) => {
      const fill = make("span", { class: "fill" });
      const value = make("span", { class: "value" });
      const row = make("li", {}, make("span", { class: "digit" }, String(digit)), make("span", { class: "track" }, fill), value);
      return { row, fill, value };
    });
    this.element = make("ol", { class: "bars", "aria-label": label }, this.rows.map(({ row }) => row));
    this.show(null);
  }

  /** Shows ten probabilities, or none. */
  show(probabilities) {
    const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
    this.rows.forEach(({ row, fill, value }, digit) => {
      const share = probabilities ? probabilities[digit] : 0;
      fill.style.transform = `scaleX(${share})`;
      value.textContent = probabilities && share >= 0.001 ? percent(share) : "";
      row.classList.toggle("best", digit === best);
      row.setAttribute("aria-label", `${digit}: ${probabilities ? percent(share) : "no answer"}`);
    });
  }
}

/** A canvas with a form: 784 bytes, 0 ground to 255 ink. `heat`, 28 rows of 28 from -1 to 1, is laid over it. */
export function formCanvas(pixels, label, heat = null) {
  const canvas = make("canvas", { class: "form", width: SIDE, height: SIDE, role: "img", "aria-label": label });
  showForm(canvas, pixels, heat);
  return canvas;
}

export function showForm(canvas, pixels, heat = null) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const largest = heat ? Math.max(0.02, ...heat.flat().map(Math.abs)) : 1;
  for (let at = 0; at < SIDE * SIDE; at++) {
    const ink = pixels ? pixels[at] : 0;
    const change = heat ? heat[Math.floor(at / SIDE)][at % SIDE] / largest : 0;
    const [red, green, blue] = change >= 0 ? [236, 151, 60] : [70, 140, 210];
    const share = Math.min(0.85, Math.abs(change));
    image.data.set([red, green, blue].map((colour) => ink * (1 - share) + colour * share), 4 * at);
    image.data[4 * at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** Bytes ↔ base64. */
export const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Says something at the bottom of the page, and to a screen reader; an `action` is a button in it. */
export function tell(message, action = null) {
  const toast = document.getElementById("toast");
  toast.replaceChildren(message);
  if (action) toast.append(make("button", { class: "link", onclick: () => { toast.classList.remove("shown"); action.do(); } }, action.label));
  toast.classList.add("shown");
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => toast.classList.remove("shown"), action ? 8000 : 4500);
}

/** Gives a text or bytes to the person as a file. */
export function download(name, content, type = "application/octet-stream") {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
