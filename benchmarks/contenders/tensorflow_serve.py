"""The usual way to serve a digit network: FastAPI, a `.keras` file loaded once, and `model.predict` in the handler.

    uvicorn --app-dir benchmarks/contenders tensorflow_serve:app        with MODEL=model.keras in the environment

The body is n × 784 bytes, the answer JSON, as `digits serve` has it: neither side decodes pictures here.
"""

import os

import keras
import numpy as np
from fastapi import FastAPI, Request

model = keras.models.load_model(os.environ["MODEL"])
app = FastAPI()


@app.post("/v1/classify")
async def classify(request: Request) -> dict[str, list]:
    images = np.frombuffer(await request.body(), np.uint8).reshape(-1, 28, 28)
    probabilities = model.predict(images, verbose=0)
    return {"answers": [{"digit": int(row.argmax()), "probabilities": row.tolist()} for row in probabilities]}
