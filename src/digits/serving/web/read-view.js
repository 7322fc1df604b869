// The view in which pictures are read: dropped, pasted, chosen or photographed; boxes over them, a table beside them.
//
// Notable choices:
// - what is unsure comes first: in the table, and with Tab, which goes from one unsure mark to the next; the arrow keys
//   reach all marks;
// - a digit key, or a tap on one, corrects the mark that has the focus; the number's text follows;
// - of a file that the browser cannot show (PDF, TIFF, HEIC) the server sends pictures; without one, its numbers stand
//   on an empty sheet where they were found.

import { draw, download, make, percent, tell } from "./elements.js";
import { Correcting } from "./correcting.js";
import { showWhy } from "./why.js";

/** What the page asks for beside what `digits read --json` prints. */
const OURS = new Set(["form", "image", "size", "corrected"]);

const COLUMNS = ["picture", "page", "line", "text", "value", "confidence", "unsure", "box"];

export class ReadView {
  constructor(element, reader) {
    this.element = element;
    this.reader = reader;
    this.pages = []; // {file, address, reading, element}
    this.stopping = null;
    this.#build();
  }

  #build() {
    const accept = this.reader.readsPages ? "image/*,application/pdf,.tif,.tiff,.heic" : "image/*";
    const choose = make("input", { type: "file", multiple: true, accept, class: "hidden-input", id: "files", onchange: () => this.#takeFrom(choose) });
    const camera = make("input", { type: "file", accept: "image/*", capture: "environment", class: "hidden-input", id: "camera", onchange: () => this.#takeFrom(camera) });
    this.progress = make("progress", { max: "1", value: "0", "aria-label": "Reading" });
    this.status = make("p", { class: "status", role: "status" });
    this.work = make("div", { class: "work", hidden: true }, this.progress, this.status,
      make("button", { class: "quiet", onclick: () => this.stopping?.abort() }, "Stop"));
    this.layout = select("What a picture holds", "layout", [["auto", "Find out"], ["digit", "One digit"], ["line", "One line"], ["page", "A page of lines"], ["grid", "A form with printed boxes"]]);
    this.type = select("What its numbers are", "type", [["", "Anything"], ["amount", "Amounts"], ["date", "Dates"], ["time", "Times"], ["integer", "Whole numbers"], ["decimal", "Decimal numbers"], ["phone", "Telephone numbers"], ["code", "Codes"]]);
    this.locale = select("Whose customs", "locale", [["", "Nobody's"], ["de_CH", "Switzerland (German)"], ["de_DE", "Germany"], ["en_GB", "United Kingdom"], ["en_US", "United States"], ["fr_FR", "France"], ["it_IT", "Italy"]]);
    this.results = make("div", { class: "results" });
    this.summary = make("div", { class: "summary", hidden: true });
    this.element.append(
      make("h1", { id: "read-title" }, "Read"),
      make("p", { class: "lead" }, this.reader.readsPages
        ? "Photographs, scans, forms, PDFs: drop them anywhere, paste them, choose them, or take a picture."
        : "A picture of one digit: drop it anywhere, paste it, choose it, or take a picture."),
      make("div", { class: "drop" },
        make("div", { class: "ways" },
          make("label", { class: "button", for: "files" }, choose, "Choose pictures"),
          make("label", { class: "button plain", for: "camera" }, camera, "Take a picture")),
        make("p", { class: "small" }, "or drop them here, or paste with Ctrl+V")),
      this.reader.readsPages
        ? make("details", { class: "options" }, make("summary", {}, "What is known of them"),
          make("div", { class: "fields" }, this.layout.element, this.type.element, this.locale.element))
        : make("p", { class: "notice" }, this.reader.limits),
      this.work, this.summary, this.results,
    );
    this.results.addEventListener("keydown", (event) => this.#key(event));
  }

  #takeFrom(input) {
    const files = [...input.files];
    input.value = "";
    this.take(files);
  }

  /** Reads files, one after the other, and shows each as soon as it is read. */
  async take(files) {
    if (this.stopping) return tell("One after the other: pictures are being read.");
    this.stopping = new AbortController();
    this.work.hidden = false;
    const options = Object.fromEntries([this.layout, this.type, this.locale].map(({ name, control }) => [name, control.value]).filter(([, value]) => value));
    const before = { page: this.pages[0], element: this.results.firstElementChild }; // what is new stands above, in its own order
    let place = 0;
    for (const file of files) {
      if (this.stopping.signal.aborted) break;
      this.status.textContent = `Reading ${file.name} (${place + 1} of ${files.length})`;
      const passed = (share) => { this.progress.value = (place + 0.5 * share) / files.length; };
      passed(0);
      try {
        const readings = await this.reader.read(file, options, passed, this.stopping.signal);
        for (const reading of readings) this.#add(file, reading, before);
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        this.#add(file, { picture: file.name, page: 0, numbers: [], unread: [], error: error.message }, before);
      }
      place += 1;
      this.progress.value = place / files.length;
    }
    this.work.hidden = true;
    this.stopping = null;
    this.#summarise();
    this.results.firstElementChild?.scrollIntoView({ block: "nearest" });
  }

  #add(file, reading, before) {
    const page = new PageShown(this.reader, file, reading, () => this.#summarise());
    const place = before.page ? this.pages.indexOf(before.page) : this.pages.length;
    this.pages.splice(place, 0, page);
    this.results.insertBefore(page.element, before.element);
    this.#summarise();
  }

  #summarise() {
    const numbers = this.pages.flatMap((page) => page.numbers), unsure = numbers.filter((number) => number.unsure).length;
    this.summary.hidden = !this.pages.length;
    this.summary.replaceChildren(
      make("p", { role: "status" }, `${counted(numbers.length, "number")} on ${counted(this.pages.length, "page")}`, unsure ? make("b", { class: "unsure" }, ` · ${unsure} unsure`) : ""),
      make("div", { class: "ways" },
        make("button", { class: "quiet", onclick: () => this.#copy() }, "Copy"),
        make("button", { class: "quiet", onclick: () => download("numbers.csv", this.csv(), "text/csv") }, "CSV"),
        make("button", { class: "quiet", onclick: () => download("numbers.json", this.json(), "application/json") }, "JSON"),
        make("button", { class: "quiet", onclick: () => this.#wipe() }, "Clear")));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.csv("\t"));
      tell("Copied: paste it into a spreadsheet.");
    } catch {
      tell("The browser does not allow to copy here; download the CSV.");
    }
  }

  #wipe() {
    for (const page of this.pages) page.close();
    this.pages = [];
    this.results.replaceChildren();
    this.#summarise();
  }

  /** All numbers, a row each, as read or corrected. */
  csv(separator = ",") {
    // a cell that a spreadsheet would take for a formula gets an apostrophe, as people type it
    const safe = (text) => (/^[=+@\t\r]/.test(text) || /^-[^\d.,]/.test(text) ? `'${text}` : text);
    const cell = (value) => { const text = safe(String(value ?? "")); return /["\n\t,;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; };
    const rows = this.pages.flatMap((page) => page.rows().map((row) => COLUMNS.map((name) => cell(row[name])).join(separator)));
    return `${[COLUMNS.join(separator), ...rows].join("\r\n")}\r\n`;
  }

  json() {
    const pages = this.pages.map((page) => page.reading);
    return JSON.stringify(pages, (name, value) => (OURS.has(name) ? undefined : value), 1);
  }

  #key(event) {
    const target = event.target.closest("[data-mark]");
    if (!target || event.ctrlKey || event.metaKey || event.altKey) return;
    const marks = [...this.results.querySelectorAll("svg [data-mark]")];
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      marks[marks.indexOf(target) + step]?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    } else if (/^[0-9]$/.test(event.key)) {
      target.dispatchEvent(new CustomEvent("correct", { detail: Number(event.key) }));
    }
  }
}

/** One page: its picture with boxes, its numbers in a table, and the mark that is looked at. */
class PageShown {
  constructor(reader, file, reading, onChange) {
    Object.assign(this, { reader, file, reading, onChange });
    this.numbers = reading.numbers;
    this.address = URL.createObjectURL(file);
    this.chosen = null;
    this.correcting = new Correcting(reader, "It is", (digit) => this.#corrected(digit));
    this.looked = make("div", { class: "looked", hidden: true });
    this.body = make("tbody");
    this.stage = make("div", { class: "stage" });
    const name = reading.page || this.file.type === "application/pdf" ? `${reading.picture}, page ${reading.page + 1}` : reading.picture;
    this.element = make("article", { class: "page", "aria-label": name },
      make("h2", {}, name),
      reading.error ? make("p", { class: "error" }, reading.error) : null,
      reading.error ? null : make("div", { class: "page-body" }, this.stage, make("div", { class: "side" }, this.looked,
        this.numbers.length ? make("table", { class: "numbers" },
          make("thead", {}, make("tr", {}, ["Number", "Value", "Sure", ""].map((name) => make("th", { scope: "col" }, name)))), this.body)
          : make("p", { class: "small" }, "No number was found."),
        reading.unread?.length ? make("p", { class: "small" }, `${counted(reading.unread.length, "place")} could not be read: ${reading.unread[0].why}.`) : null)));
    if (!reading.error) this.#show();
  }

  close() { URL.revokeObjectURL(this.address); }

  async #show() {
    this.#table();
    const image = make("img", { src: this.reading.image ?? this.address, alt: `${this.reading.picture}, as it was given` });
    const [width, height] = await sizeOf(image);
    const box = width ? [0, 0, ...(this.reading.size ?? [width, height])] : around(this.numbers);
    this.overlay = draw("svg", { viewBox: box.join(" "), class: width ? "overlay" : "overlay sheet-of-numbers", role: "group", "aria-label": "Numbers where they stand. Tab goes to the next unsure mark, a digit key corrects it." });
    this.stage.replaceChildren(...(width ? [image] : []), this.overlay);
    if (!width) this.stage.append(make("p", { class: "small" }, "This browser cannot show the file; its numbers stand where they were found."));
    this.isSheet = !width;
    this.unit = Math.max(box[2], box[3]) / 1000;
    this.#boxes();
  }

  #boxes() {
    const unit = this.unit;
    this.overlay.replaceChildren(
      ...(this.reading.unread ?? []).map((place) => draw("rect", { ...rectangle(place.box), class: "unread", rx: 3 * unit }, draw("title", {}, place.why))),
      ...this.numbers.map((number, at) => {
        const [left, top, width, height] = number.box, size = Math.min(Math.max(0.5 * height, 16 * unit), 30 * unit);
        const over = this.isSheet ? top + 0.8 * height : top - size > 4 * unit ? top - 6 * unit : top + height + size;
        return draw("g", { class: `number${number.unsure ? " unsure" : ""}`, "data-number": at },
          draw("rect", { x: left - 4 * unit, y: top - 4 * unit, width: width + 8 * unit, height: height + 8 * unit, rx: 6 * unit, class: "frame" }),
          ...number.marks.map((mark, place) => this.#mark(number, mark, place)),
          draw("text", { x: left, y: over, "font-size": this.isSheet ? height : size, class: "label", "aria-hidden": "true" }, number.text));
      }));
  }

  #mark(number, mark, place) {
    const words = `${mark.text}${mark.unsure ? ", unsure" : ""}, mark ${place + 1} of ${number.text}`;
    return draw("rect", {
      ...rectangle(mark.box), class: `mark${mark.unsure ? " unsure" : ""}${mark.corrected ? " corrected" : ""}`, "data-mark": place, rx: 2 * this.unit,
      tabindex: mark.unsure && !mark.corrected ? "0" : "-1", role: "button", "aria-label": words,
      onfocus: () => this.#look(number, mark), onclick: () => this.#look(number, mark),
      oncorrect: (event) => { this.#look(number, mark); this.correcting.give(event.detail); },
    });
  }

  /** Shows one mark: how sure, why not, ten keys to correct it. */
  #look(number, mark) {
    this.chosen = { number, mark };
    this.correcting.of(mark.form ? { pixels: mark.form, said: Number(mark.text), confidence: mark.confidence, model: null } : null);
    this.looked.hidden = false;
    const others = mark.alternatives.filter((other) => other.confidence >= 0.001).map((other) => `${other.text} (${percent(other.confidence)})`);
    this.looked.replaceChildren(
      make("p", { class: "looked-text" }, make("b", { class: mark.unsure ? "unsure" : "" }, mark.text), make("span", {}, ` ${percent(mark.confidence)}`),
        others.length ? make("span", { class: "small" }, ` or ${others.join(", ")}`) : ""),
      make("p", { class: "small" }, mark.corrected ? `Corrected: ${mark.corrected.was} was read.` : mark.unsure ? `Unsure: ${mark.unsure}.` : `A mark of ${number.text}.`),
      mark.form ? this.correcting.element : "");
    for (const shape of this.overlay.querySelectorAll(".mark")) shape.classList.remove("chosen");
    const at = this.numbers.indexOf(number);
    this.overlay.querySelectorAll(`[data-number="${at}"] .mark`)[number.marks.indexOf(mark)]?.classList.add("chosen");
  }

  #corrected(digit) {
    const { number, mark } = this.chosen;
    const ofAll = number.marks.some((one) => one.unsure === number.unsure) ? null : number.unsure; // stays, whatever its marks are
    mark.corrected = { was: mark.corrected?.was ?? mark.text };
    Object.assign(mark, { text: String(digit), unsure: null, confidence: 1 });
    number.text = number.marks.map((one) => (one.unsure ? "?" : one.text)).join("");
    if (number.value) number.value = null; // what it means was worked out for another text
    number.unsure = ofAll ?? number.marks.find((one) => one.unsure)?.unsure ?? null;
    this.#table();
    this.#boxes();
    this.#look(number, mark);
    const next = this.overlay.querySelector('.mark[tabindex="0"]');
    (next ?? this.overlay.querySelector(".mark.chosen"))?.focus();
    this.onChange();
  }

  /** The numbers, the unsure ones first. */
  #table() {
    const ordered = [...this.numbers.entries()].sort(([one, a], [two, b]) => Boolean(b.unsure) - Boolean(a.unsure) || one - two);
    this.body.replaceChildren(...ordered.map(([at, number]) => make("tr", { class: number.unsure ? "unsure" : "" },
      make("th", { scope: "row" }, make("button", { class: "link number-text", title: "Show where it stands", onclick: () => this.#point(at) },
        number.text || "empty"), number.name ? make("small", {}, ` ${number.name}`) : ""),
      make("td", {}, meaning(number)),
      make("td", {}, number.unsure ? make("abbr", { title: number.unsure }, "unsure") : percent(number.confidence)),
      make("td", {}, make("button", { class: "quiet slim", "aria-label": `Why ${number.text}?`, onclick: () => this.#explain(at) }, "Why?")))));
  }

  #point(at) {
    const group = this.overlay.querySelector(`[data-number="${at}"]`);
    const mark = group?.querySelector(".mark.unsure") ?? group?.querySelector(".mark");
    mark?.focus();
  }

  async #explain(number) {
    const marks = this.numbers[number].marks.filter((mark) => mark.form);
    try {
      await showWhy(this.reader, this.file, marks.length === 1 ? marks[0] : null, { number, page: this.reading.page });
    } catch (error) {
      tell(error.message);
    }
  }

  rows() {
    if (this.reading.error) return [{ picture: this.reading.picture, page: this.reading.page + 1, unsure: this.reading.error }];
    return this.numbers.map((number) => ({
      picture: this.reading.picture, page: this.reading.page + 1, line: number.line + 1, text: number.text,
      value: meaning(number), confidence: number.confidence.toFixed(4), unsure: number.unsure ?? "", box: number.box.join(" "),
    }));
  }
}

/** What a number means, in a few letters; empty where nobody knows. */
function meaning({ value }) {
  if (!value || value.value === null || value.value === undefined) return "";
  return [value.value, value.unit].filter(Boolean).join(" ");
}

function select(label, name, choices) {
  const control = make("select", { id: `option-${name}` }, choices.map(([value, text]) => make("option", { value }, text)));
  return { name, control, element: make("div", { class: "field" }, make("label", { for: control.id }, label), control) };
}

const rectangle = ([x, y, width, height]) => ({ x, y, width, height });
const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Width and height of a picture, upright; zeros where the browser cannot show it. */
async function sizeOf(image) {
  try {
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  } catch {
    return [0, 0];
  }
}

/** The box around all numbers, with some paper. */
function around(numbers) {
  if (!numbers.length) return [0, 0, 100, 60];
  const left = Math.min(...numbers.map(({ box }) => box[0])), top = Math.min(...numbers.map(({ box }) => box[1]));
  const right = Math.max(...numbers.map(({ box }) => box[0] + box[2])), bottom = Math.max(...numbers.map(({ box }) => box[1] + box[3]));
  const margin = 0.08 * Math.max(right - left, bottom - top) + 4;
  return [left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin];
}
