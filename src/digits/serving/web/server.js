// Who reads: the server, over HTTP. `browser.js` answers to the same calls without one.

import { fromBase64, make, toBase64 } from "./elements.js";

/** What the page asks of a server that says no. */
export class Refused extends Error {}

const TOKEN = "digits-token";
/** Files that every browser shows; of others (PDF, TIFF, HEIC) the server sends pictures. */
const SHOWN = /^image\/(png|jpeg|gif|webp|bmp|avif)$/;

export class Server {
  readsPages = true;
  where = "Read on the computer that serves this page";

  /** The readings of a picture or PDF, one a page; `forms` of its digits come with them. */
  async read(file, options = {}, onProgress = null, signal = null) {
    const asked = new URLSearchParams({ forms: "1", ...(SHOWN.test(file.type) ? {} : { pictures: "1" }), ...options });
    const found = await this.#post(`v1/read?${asked}`, withFile(file), onProgress, signal);
    return found.readings.map(withForms);
  }

  /** The reading of a drawing: a canvas, dark ink on a light ground. */
  async readDrawing(canvas) {
    return this.read(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
  }

  /** What a network says to forms, Uint8Array of n × 784. */
  async classify(forms, model = null) {
    const asked = model ? `?${new URLSearchParams({ model })}` : "";
    return this.#json(`v1/classify${asked}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: forms });
  }

  /** Why a picture was read so; `number` counts the numbers of its page from 0. */
  async explain(file, { number = null, page = 0 } = {}) {
    const asked = new URLSearchParams(number === null ? { page } : { number, page });
    return this.#json(`v1/explain?${asked}`, { method: "POST", body: withFile(file) });
  }

  async models() { return this.#json("v1/models"); }

  async correct({ pixels, ...rest }) {
    return this.#json("v1/corrections", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ pixels: toBase64(pixels), ...rest }),
    });
  }

  /** A page of what was corrected, `{corrections, count}`, each with `pixels` as bytes. */
  async corrections(after = 0, limit = 100) {
    const found = await this.#json(`v1/corrections?${new URLSearchParams({ after, limit })}`);
    return { ...found, corrections: found.corrections.map((one) => ({ ...one, pixels: fromBase64(one.pixels) })) };
  }

  async forget(id) { return this.#json(`v1/corrections/${id}`, { method: "DELETE" }); }
  async forgetAll() { return this.#json("v1/corrections", { method: "DELETE" }); }

  /** Where corrections stay, in a sentence. */
  keeps = "They are kept by the server, and can train a network of your own.";

  /** Where corrections can be had as a file. */
  exports = [
    { label: "as a folder of pictures (zip)", name: "corrections.zip", content: () => this.#blob("v1/corrections/export?format=folder") },
    { label: "as NumPy arrays (npz)", name: "corrections.npz", content: () => this.#blob("v1/corrections/export?format=npz") },
  ];

  async #json(address, options = {}) {
    const answer = await this.#answer(address, options);
    return answer.status === 204 ? {} : answer.json();
  }

  async #blob(address) {
    return (await this.#answer(address)).blob();
  }

  async #answer(address, options = {}) {
    let answer;
    try {
      answer = await fetch(address, { ...options, headers: { ...options.headers, ...this.#pass() } });
    } catch (error) {
      throw error.name === "AbortError" ? error : new Refused("The server does not answer. Is it still running?");
    }
    if (answer.status === 401 && (await askToken())) return this.#answer(address, options);
    if (!answer.ok) throw new Refused((await answer.json().catch(() => null))?.error?.message ?? `The server answers with status ${answer.status}.`);
    return answer;
  }

  /** What a server that others can reach asks for: its token, kept until the tab is closed. */
  #pass() {
    const token = sessionStorage.getItem(TOKEN);
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** As `#json`, of a file whose way up is shown: fetch does not tell how far it is, XMLHttpRequest does. */
  #post(address, body, onProgress, signal) {
    if (!onProgress) return this.#json(address, { method: "POST", body, signal });
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      for (const [name, value] of Object.entries(this.#pass())) request.setRequestHeader(name, value);
      request.responseType = "json";
      request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
      request.onload = () => {
        const content = request.response;
        if (request.status < 300 || content?.readings) resolve(content);
        else reject(new Refused(content?.error?.message ?? `The server answers with status ${request.status}.`));
      };
      request.onerror = () => reject(new Refused("The server does not answer. Is it still running?"));
      signal?.addEventListener("abort", () => request.abort());
      request.onabort = () => reject(new Refused("Stopped."));
      request.send(body);
    });
  }
}

function withFile(file) {
  const form = new FormData();
  form.append("files", file, file.name ?? "drawing.png");
  return form;
}

/** The reading, the forms of its digits decoded. */
function withForms(reading) {
  for (const number of reading.numbers ?? []) {
    for (const mark of number.marks) mark.form = mark.form ? fromBase64(mark.form) : null;
  }
  return reading;
}

/** Asks the person for the server's token, once at a time; false if none was given. */
function askToken() {
  askToken.open ??= new Promise((resolve) => {
    const token = make("input", { type: "password", required: true, autocomplete: "current-password", id: "token" });
    const dialog = make("dialog", { class: "sheet-dialog small-dialog", "aria-labelledby": "token-title" },
      make("form", { method: "dialog", class: "token" },
        make("h2", { id: "token-title" }, "This server asks for its token"),
        make("label", { for: "token" }, "Token"), token, make("button", { value: "yes" }, "Go on")));
    dialog.addEventListener("close", () => {
      if (token.value) sessionStorage.setItem(TOKEN, token.value);
      dialog.remove();
      askToken.open = null;
      resolve(Boolean(token.value) && dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
  return askToken.open;
}
