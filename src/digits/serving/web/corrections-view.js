// The view of what was corrected: each digit as it was seen, what was read, and what it is.

import { download, formCanvas, make, tell } from "./elements.js";

const AT_ONCE = 60;

export class CorrectionsView {
  constructor(element, reader) {
    this.element = element;
    this.reader = reader;
    this.summary = make("p", { class: "lead", role: "status" });
    this.list = make("ul", { class: "corrections" });
    this.more = make("button", { class: "quiet", hidden: true, onclick: () => this.#load() }, "More");
    this.element.append(
      make("h1", { id: "corrections-title" }, "Corrections"), this.summary,
      make("div", { class: "ways" },
        this.reader.exports.map((one) => make("button", { class: "quiet", onclick: () => this.#download(one) }, `Download ${one.label}`)),
        this.wipe = make("button", { class: "quiet danger", onclick: () => this.#wipe() }, "Delete all")),
      this.list, this.more);
  }

  async shown() {
    this.last = 0;
    this.list.replaceChildren();
    await this.#load();
  }

  async #load() {
    try {
      const { corrections, count } = await this.reader.corrections(this.last, AT_ONCE);
      this.last = corrections.at(-1)?.id ?? this.last;
      this.list.append(...corrections.map((one) => this.#item(one)));
      this.#count(count);
    } catch (error) {
      this.summary.textContent = error.message;
    }
  }

  async #download({ name, content }) {
    try {
      download(name, await content());
    } catch (error) {
      tell(error.message);
    }
  }

  #count(count) {
    this.count = count;
    this.summary.textContent = count ? `${count} digit${count === 1 ? "" : "s"} that you named. ${this.reader.keeps}` : `Nothing was corrected yet. ${this.reader.keeps}`;
    this.wipe.hidden = !count;
    this.more.hidden = this.list.children.length >= count;
  }

  #item(one) {
    const words = one.said === null || one.said === one.label ? `${one.label}` : `${one.said} → ${one.label}`;
    const item = make("li", {}, formCanvas(one.pixels, `A ${one.label}`), make("span", { class: one.said === one.label ? "" : "changed" }, words),
      make("button", { class: "quiet slim", "aria-label": `Delete this ${one.label}`, onclick: () => this.#forget(one.id, item) }, "×"));
    return item;
  }

  async #forget(id, item) {
    try {
      await this.reader.forget(id);
      item.remove();
      this.#count(this.count - 1);
    } catch (error) {
      tell(error.message);
    }
  }

  async #wipe() {
    if (!window.confirm(`Delete all ${this.count} corrections? They cannot be brought back.`)) return;
    try {
      await this.reader.forgetAll();
      await this.shown();
    } catch (error) {
      tell(error.message);
    }
  }
}
