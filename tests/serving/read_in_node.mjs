// Reads pictures with the page's own modules, in Node: `node read_in_node.mjs SITE PICTURES` prints one JSON a line.
//
// PICTURES is a file of width, height and channels (uint32) and so many bytes for each picture, one after the other.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [site, pictures] = process.argv.slice(2);
const from = (file) => import(pathToFileURL(path.join(site, "static", file)));
const ort = await from("onnxruntime-web/ort.wasm.min.mjs");
const { Network } = await from("reading/network.js");
const { readDigit } = await from("reading/read.js");

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = `${path.join(site, "static", "onnxruntime-web")}/`;
const { networks, active } = JSON.parse(fs.readFileSync(path.join(site, "static/networks/networks.json"), "utf8"));
const model = new Uint8Array(fs.readFileSync(path.join(site, `static/networks/${active}.onnx`)));
const network = await Network.of(ort, model, networks.find((one) => one.name === active));

const content = fs.readFileSync(pictures);
for (let at = 0; at < content.length; ) {
  const [width, height, count] = [0, 4, 8].map((step) => content.readUInt32LE(at + step));
  at += 12;
  const channels = Array.from({ length: count }, (_, place) => new Uint8Array(content.subarray(at + place * width * height, at + (place + 1) * width * height)));
  at += count * width * height;
  const { reading } = await readDigit(network, { width, height, channels }, "picture");
  console.log(JSON.stringify(reading, (name, value) => (name === "form" ? Buffer.from(value).toString("base64") : value)));
}
