// What do the outputs of a network mean, where they are no probabilities? As receta/tasks word them.
import type { Model } from "./server";

/** A value of an output, with what it lies between in 80 of 100 cases where the model tells. */
export interface Value {
  name: string;
  value: number;
  low?: number;
  high?: number;
}

/** What comes next, step by step. */
export interface Step {
  yhat: number;
  bounds: { level: number; low: number; high: number }[]; // the widest first
}

const LEVELS = 5; // 0.025, 0.1, 0.5, 0.9 and 0.975, as in receta/tasks/quantiles.py

export function valuesOf(model: Model, outputs: Float32Array): Value[] {
  return [...outputs].map((value, index) => {
    const margin = model.margins?.[index];
    return { name: model.class_names[index]!, value, ...(margin === undefined ? {} : { low: value - margin, high: value + margin }) };
  });
}

/** The steps of a forecast: quantiles in order, or plain values of a model that tells no bounds. */
export function stepsOf(model: Model, outputs: Float32Array): Step[] {
  if (model.task !== "quantiles")
    return valuesOf(model, outputs).map(({ value, low, high }) => ({
      yhat: value, bounds: low === undefined ? [] : [{ level: 80, low, high: high! }],
    }));
  return Array.from({ length: outputs.length / LEVELS }, (_, step): Step => {
    const [lo95, lo80, yhat, hi80, hi95] = [...outputs.subarray(step * LEVELS, (step + 1) * LEVELS)].sort((one, other) => one - other);
    return { yhat: yhat!, bounds: [{ level: 95, low: lo95!, high: hi95! }, { level: 80, low: lo80!, high: hi80! }] };
  });
}
