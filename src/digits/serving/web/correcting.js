// Ten keys that say what a digit really is: one press, kept at once, taken back by one more.

import { make, tell } from "./elements.js";

export class Correcting {
  #mark = null;

  /**
   * @param reader keeps corrections.
   * @param label what stands before the keys.
   * @param onGiven (digit), told once it is kept.
   */
  constructor(reader, label, onGiven = null) {
    Object.assign(this, { reader, onGiven });
    this.keys = Array.from({ length: 10 }, (_, digit) =>
      make("button", { class: "key", "aria-label": `It is a ${digit}`, onclick: () => this.give(digit) }, String(digit)));
    this.element = make("div", { class: "correcting", role: "group", "aria-label": "Correct" }, make("span", {}, label), ...this.keys);
    this.of(null);
  }

  /** Which digit is corrected: `{pixels, said, confidence, model}`; null if there is none. */
  of(mark) {
    this.#mark = mark;
    this.element.classList.toggle("idle", !mark);
    this.keys.forEach((key, digit) => {
      key.disabled = !mark;
      key.classList.toggle("as-read", mark?.said === digit);
    });
  }

  async give(label) {
    const mark = this.#mark;
    if (!mark) return;
    try {
      const { id, duplicate } = await this.reader.correct({ ...mark, label, note: null });
      this.onGiven?.(label);
      const words = label === mark.said ? `Kept: it is a ${label}, as read.` : `Kept: it is a ${label}, and no ${mark.said}.`;
      tell(duplicate ? "That is known already." : words, { label: "Take back", do: () => this.#takeBack(id) });
    } catch (error) {
      tell(error.message);
    }
  }

  async #takeBack(id) {
    try {
      await this.reader.forget(id);
      tell("Taken back.");
    } catch (error) {
      tell(error.message);
    }
  }
}
