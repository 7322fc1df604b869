"""The finder's network as it ships: `model.onnx` in float16 weights, and `config.json` beside it."""

import io
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from digits.atomic import write_whole
from finder.network import EDGE_STRIDE, MULTIPLE, STRIDE, Exported, Finder

CONFIG = {
    "format": "handwritten-digits finder",
    "format_version": 1,
    "stride": STRIDE,
    "edge_stride": EDGE_STRIDE,
    "multiple": MULTIPLE,
    "border": 16,
    "maps": ["digit", "sign", "joint"],
    "mark": 0.3,
    "number": 0.5,
    "joint": 0.35,
}
"""What does not change without the network, and thresholds until `validate.py --choose` has chosen them."""

PROVEN = 0.02
"""The largest difference of a probability between PyTorch's float32 and what ships; a threshold is passed by more."""


def export(network: Finder, folder: Path, steps: int, seed: int) -> None:
    """Write `model.onnx` and `config.json`, proven to say what PyTorch says at two shapes."""
    shown = Exported(network.eval()).eval()
    content = io.BytesIO()
    free = {
        "pages": {0: "n", 2: "height", 3: "width"},
        "maps": {0: "n", 2: "h2", 3: "w2"},
        "edges": {0: "n", 2: "h4", 3: "w4"},
    }
    torch.onnx.export(
        shown, (torch.zeros(1, 1, 128, 160),), content, input_names=["pages"], output_names=["maps", "edges"],
        dynamic_axes=free, dynamo=False, opset_version=17,
    )  # fmt: skip
    model = onnx.load_from_string(content.getvalue())
    model.ClearField("metadata_props")
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    _halve(model)
    said = model.SerializeToString()
    _prove(said, shown)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "model.onnx", said)
    file = folder / "config.json"
    before = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    config = {**CONFIG, **before, "steps": steps, "seed": seed}
    write_whole(file, (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode())
    print(f"written to {folder}: {len(said):,} bytes, {steps:,} steps")


def _halve(model: onnx.ModelProto) -> None:
    """Store large weights as float16; a Cast makes them float32 again, once, when the session starts."""
    graph = model.graph
    casts = []
    for weights in graph.initializer:
        values = onnx.numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size >= 256:
            name = weights.name
            weights.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + ".half"))
            casts.append(onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _prove(model: bytes, shown: Exported) -> None:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for height, width in ((96, 224), (256, 64)):
        pages = torch.from_numpy(np.random.default_rng(width).uniform(0, 255, (2, 1, height, width)).astype(np.float32))
        maps, _ = session.run(None, {"pages": pages.numpy()})
        with torch.inference_mode():
            difference = float(np.abs(maps - shown(pages)[0].numpy()).max())
        if not difference <= PROVEN:
            raise SystemExit(f"the exported finder differs from PyTorch's by {difference:.3f} at {height}×{width}")
