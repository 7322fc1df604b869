// A digit network in the browser: its ONNX file by ONNX Runtime, its temperature and thresholds from its bundle.json.

const SMALLEST = 1.1754943508222875e-38; // of float32, in place of 0

export class Network {
  constructor(ort, session, description) {
    Object.assign(this, { ort, session, description, name: description.name });
    const { thresholds } = description;
    // as digits/reading/networks/calibration.py: where a bundle states none, 0.9
    this.thresholds = thresholds ? { confidence: thresholds.confidence[thresholds.risk], digitness: thresholds.digitness } : { confidence: 0.9, digitness: 0 };
  }

  /**
   * @param ort ONNX Runtime.
   * @param model the contents of model.onnx, Uint8Array.
   * @param description those of bundle.json.
   */
  static async of(ort, model, description) {
    return new Network(ort, await ort.InferenceSession.create(model, { executionProviders: ["wasm"] }), description);
  }

  /** What it says to one form, 784 bytes: {probabilities, digitness, features}. */
  async answer(form) {
    const { ort, session } = this;
    const given = await session.run({ images: new ort.Tensor("uint8", form, [1, 28, 28]) });
    return {
      probabilities: softened(given.probabilities.data, this.description.temperature),
      digitness: given.digitness ? given.digitness.data[0] : null,
      features: given.features ? Float32Array.from(given.features.data) : null,
    };
  }

  /** Null, or why an answer should not be relied on. */
  unsure(confidence, digitness) {
    const { confidence: least, digitness: leastDigitness } = this.thresholds;
    if (digitness !== null && digitness < leastDigitness) {
      return `looks like no digit: digitness ${digitness.toFixed(2)}, at least ${leastDigitness.toFixed(2)} is needed`;
    }
    return confidence < least ? `could be another digit: confidence ${confidence.toFixed(2)}, at least ${least.toFixed(2)} is needed` : null;
  }
}

/** Probabilities, their temperature applied: ten numbers that sum to 1. */
function softened(probabilities, temperature) {
  const powers = Array.from(probabilities, (one) => Math.max(one, SMALLEST) ** (1 / temperature));
  const total = powers.reduce((sum, one) => sum + one, 0);
  return powers.map((one) => one / total);
}
