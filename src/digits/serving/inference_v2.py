"""The Open Inference Protocol v2 for the digit networks, so that KServe's and Triton's clients work unchanged.

Tensors are JSON, or raw bytes after the JSON ("binary data extension": `Inference-Header-Content-Length` says where the
JSON ends, `binary_data_size` how long each tensor is), which is what Triton's client sends and asks for by default.
Input `images`: UINT8 (n, 28, 28), 0 background to 255 ink. Outputs: `probabilities`, FP32 (n, 10), calibrated, and
`digitness`, FP32 (n,), where the network gives it.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from digits import __version__
from digits.serving.documented import V2_INFER, V2_REFUSALS, said
from digits.serving.metrics import Metrics
from digits.serving.networks import Network, Networks
from digits.serving.refusals import Refused
from digits.serving.settings import Settings
from digits.serving.workers import Crew

SERVER = "handwritten-digits"
VERSION = "1"
"""Of every model: a bundle that is exported anew is another one's."""

INPUT = "images"
SIDE = 28  # pixels
HEADER_LENGTH = "Inference-Header-Content-Length"

Images = npt.NDArray[np.uint8]


def inference_routes(networks: Networks, crew: Crew, settings: Settings, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["Open Inference Protocol v2"], prefix="/v2")

    @router.get("", summary="The server", responses={200: said("v2")})
    async def server() -> Response:
        return JSONResponse({"name": SERVER, "version": __version__, "extensions": ["binary_tensor_data"]})

    @router.get("/health/live", summary="Whether it lives", responses={200: said("live")})
    async def live() -> Response:
        return JSONResponse({"live": True})

    @router.get("/health/ready", summary="Whether it can answer", responses={200: said("ready"), **V2_REFUSALS})
    async def ready() -> Response:
        if not crew.ready:
            raise Refused(503, "no process is ready to read yet", retry_after=1)
        return JSONResponse({"ready": True})

    async def metadata(name: str) -> Response:
        network = await networks.find(name)
        outputs = [_described(output, shape) for output, shape in _outputs(network).items()]
        inputs = [{"name": INPUT, "datatype": "UINT8", "shape": [-1, SIDE, SIDE]}]
        about = {"name": network.name, "versions": [VERSION], "platform": "onnxruntime_onnx"}
        return JSONResponse({**about, "inputs": inputs, "outputs": outputs})

    async def model_ready(name: str) -> Response:
        network = await networks.find(name)
        return JSONResponse({"name": network.name, "ready": True})

    async def infer(name: str, request: Request) -> Response:
        network = await networks.find(name)
        asked, tensors = _taken_apart(await request.body(), request.headers.get(HEADER_LENGTH))
        images = _images(asked, tensors, settings.digits)
        wanted = _wanted(asked, network)
        metrics.digits.inc(len(images))
        given = await network.batcher.answer(images)
        return _response(asked, network, {name: np.asarray(getattr(given, name)) for name in wanted}, wanted)

    for place in ("/models/{name}", f"/models/{{name}}/versions/{VERSION}"):
        shown = "versions" not in place
        router.get(
            place, summary="A network", responses={200: said("v2_model"), **V2_REFUSALS}, include_in_schema=shown
        )(metadata)
        router.get(
            f"{place}/ready", summary="Whether a network can answer", responses={200: said("v2_ready"), **V2_REFUSALS},
            include_in_schema=shown,
        )(model_ready)  # fmt: skip
        router.post(
            f"{place}/infer", summary="Ask a network", responses={200: said("v2_infer"), **V2_REFUSALS},
            openapi_extra={"requestBody": V2_INFER}, include_in_schema=shown,
        )(infer)  # fmt: skip
    return router


def _outputs(network: Network) -> dict[str, list[int]]:
    """A network's outputs, and their shapes for n digits."""
    known = {"probabilities": [-1, 10], "digitness": [-1]}
    return {name: shape for name, shape in known.items() if name in network.batcher.classifier.outputs}


def _described(name: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "datatype": "FP32", "shape": shape}


def _taken_apart(body: bytes, header_length: str | None) -> tuple[dict[str, Any], bytes]:
    """The request's JSON object, and the raw tensors after it."""
    length = len(body)
    if header_length is not None:
        if not header_length.isdecimal() or int(header_length) > len(body):
            raise Refused(400, f"{HEADER_LENGTH} is {header_length[:20]!r}; expected where the JSON ends in the body")
        length = int(header_length)
    try:
        asked = json.loads(body[:length])
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is no JSON: {' '.join(str(error).split())[:100]}") from error
    if not isinstance(asked, dict):
        raise Refused(400, "the body is no JSON object; expected one with inputs")
    return asked, body[length:]


def _images(asked: Mapping[str, Any], tensors: bytes, most: int) -> Images:
    """The one input."""
    inputs = asked.get("inputs")
    expected = f"expected one input {INPUT}, UINT8, shape [n, {SIDE}, {SIDE}]"
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise Refused(400, f"the request has {len(inputs) if isinstance(inputs, list) else 'no'} inputs; {expected}")
    one = inputs[0]
    shape, parameters = one.get("shape"), one.get("parameters") or {}
    if one.get("name") != INPUT or one.get("datatype") != "UINT8":
        came = f"{str(one.get('name'))[:50]!r}, {str(one.get('datatype'))[:20]}"
        raise Refused(400, f"the input is {came}; {expected}")
    if not isinstance(shape, list) or len(shape) != 3 or shape[1:] != [SIDE, SIDE] or type(shape[0]) is not int:
        raise Refused(400, f"the input's shape is {str(shape)[:50]}; {expected}")
    if not 1 <= shape[0] <= most:
        raise Refused(400, f"the input has {shape[0]} digits; expected 1 to {most:,}")
    size = shape[0] * SIDE * SIDE
    if isinstance(parameters, dict) and "binary_data_size" in parameters:
        if parameters["binary_data_size"] != size or len(tensors) != size:
            raise Refused(400, f"the input has {len(tensors):,} raw bytes; its shape needs {size:,}")
        return np.frombuffer(tensors, np.uint8).reshape(shape)
    try:
        values = np.asarray(one.get("data"))  # flat, or nested as its shape is
        if values.dtype.kind not in "iu" or values.size != size or values.min() < 0 or values.max() > 255:
            raise ValueError
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused(400, f"the input's data is not {size:,} whole numbers from 0 to 255") from error
    return values.astype(np.uint8).reshape(shape)


def _wanted(asked: Mapping[str, Any], network: Network) -> dict[str, bool]:
    """The outputs that are wanted, and whether each as raw bytes."""
    known = _outputs(network)
    parameters = asked.get("parameters")
    raw = isinstance(parameters, dict) and bool(parameters.get("binary_data_output"))
    outputs = asked.get("outputs")
    if not outputs:
        return dict.fromkeys(known, raw)
    wanted: dict[str, bool] = {}
    for entry in outputs if isinstance(outputs, list) else [None]:
        one: dict[str, Any] = entry if isinstance(entry, dict) else {}
        name = one.get("name")
        if not isinstance(name, str) or name not in known:
            raise Refused(400, f"there is no output {str(name)[:50]!r}; {network.name} gives {', '.join(known)}")
        own = one.get("parameters")
        wanted[name] = bool(own.get("binary_data", raw)) if isinstance(own, dict) else raw
    return wanted


def _response(
    asked: Mapping[str, Any], network: Network, given: Mapping[str, npt.NDArray[Any]], raw: Mapping[str, bool]
) -> Response:
    outputs, tensors = [], b""
    for name, values in given.items():
        about: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": list(values.shape)}
        if raw[name]:
            content = values.astype("<f4").tobytes()
            tensors += content
            outputs.append({**about, "parameters": {"binary_data_size": len(content)}})
        else:
            outputs.append({**about, "data": values.ravel().tolist()})
    answer: dict[str, Any] = {"model_name": network.name, "model_version": VERSION, "outputs": outputs}
    if isinstance(asked.get("id"), str):
        answer["id"] = asked["id"]
    if not tensors:
        return JSONResponse(answer)
    head = json.dumps(answer).encode()
    return Response(head + tensors, media_type="application/octet-stream", headers={HEADER_LENGTH: str(len(head))})
