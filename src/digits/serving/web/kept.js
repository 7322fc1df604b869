// Corrections, kept in this browser (IndexedDB): the digit's pixels and features, what it is, what was read.

const NAME = "digits", TABLE = "corrections";
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "id", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => { opened = null; reject(new Error("This browser keeps nothing here: a private window, or no room.")); };
  });
  return opened;
}

/** Does something with the table; done once it is durable. */
async function withTable(mode, act) {
  const transaction = (await database()).transaction(TABLE, mode, { durability: "strict" }), request = act(transaction.objectStore(TABLE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(new Error("The correction could not be kept: no room in this browser."));
  });
}

/** Keeps one; the same pixels with the same label are one. */
export async function add(correction) {
  const known = (await all()).find((one) => one.label === correction.label && one.pixels.every((pixel, at) => pixel === correction.pixels[at]));
  return known ? { id: known.id, duplicate: true } : { id: await withTable("readwrite", (table) => table.add(correction)), duplicate: false };
}

/** All of them, the oldest first; with `written`, bytes as that makes them, and without features. */
export async function all(written = null) {
  const found = await withTable("readonly", (table) => table.getAll());
  return written ? found.map(({ features, pixels, ...rest }) => ({ ...rest, pixels: written(pixels) })) : found;
}

export const count = () => withTable("readonly", (table) => table.count());
export const forget = (id) => withTable("readwrite", (table) => table.delete(id));
export const forgetAll = () => withTable("readwrite", (table) => table.clear());
