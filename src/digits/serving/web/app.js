// The page: four views of one reader, which is a server or this browser.

import { tell } from "./elements.js";
import { CorrectionsView } from "./corrections-view.js";
import { DrawView } from "./draw-view.js";
import { ModelsView } from "./models-view.js";
import { ReadView } from "./read-view.js";
import { Server } from "./server.js";

const VIEWS = { draw: DrawView, read: ReadView, corrections: CorrectionsView, models: ModelsView };

async function start() {
  const isAlone = document.documentElement.dataset.reader === "browser";
  const reader = isAlone ? new (await import("./browser.js")).Browser() : new Server();
  document.getElementById("where").textContent = reader.where;
  const views = Object.fromEntries(
    Object.entries(VIEWS).map(([name, View]) => [name, new View(document.getElementById(name), reader)]),
  );
  window.addEventListener("hashchange", () => show(views));
  // a picture that is pasted or dropped anywhere is read
  document.addEventListener("paste", (event) => take(views, event.clipboardData, event));
  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dragging");
    take(views, event.dataTransfer, event);
  });
  show(views);
  if (isAlone) keepForOffline();
  document.documentElement.dataset.ready = "yes";
}

function show(views) {
  const wanted = location.hash.slice(1).split("/")[0];
  const name = wanted in VIEWS ? wanted : "draw";
  for (const [other, view] of Object.entries(views)) view.element.hidden = other !== name;
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  views[name].shown?.();
}

function take(views, data, event) {
  const files = [...(data?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  location.hash = "#read";
  views.read.take(files);
}

async function keepForOffline() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("service-worker.js");
    await navigator.serviceWorker.ready;
    document.documentElement.dataset.offline = "ready";
  } catch (error) {
    console.warn(`Without the network this page will not open: ${error.message}`);
  }
}

start().catch((error) => tell(`The page could not start: ${error.message}`));
