/* Runs the networks of a run in Node.js, for tests/single_file/test_network.py: reads what a browser would get
   and writes what the browser would compute. Usage: node run_network.js INPUT.json OUTPUT.json */

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

import { decodeArray } from "../../fixviz/browser/player/arrays.js";
import { RunModel } from "../../fixviz/browser/network/model.js";

const [, , input, output] = process.argv;
const { models, rollouts } = JSON.parse(readFileSync(input, "utf-8"));

const array = ({ base64, dtype, shape }) => {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return decodeArray(bytes.buffer, { dtype, shape }).values;
};
const base64 = (values) => Buffer.from(Float32Array.from(values).buffer).toString("base64");

const results = models.map(({ model, weights, pixels }) => {
  const made = new RunModel(model, array(weights), array(pixels));
  const windows = model.windows.start.map((_, window) => window);
  const started = performance.now();
  const probabilities = windows.map((window) => made.probabilities(window));
  const milliseconds = (performance.now() - started) / windows.length;
  const features = Object.fromEntries(
    Object.values(model.network.layers).map(({ axis, layer }) => [
      `${axis}/${layer}`,
      windows.map((window) => {
        const found = made.features(window, axis, layer);
        return [found.query, found.key, found.value].map(base64);
      }),
    ]),
  );
  const fixation = Object.fromEntries(
    Object.values(model.network.layers).map(({ axis, layer }) => {
      const found = made.fixation(axis, layer);
      return [
        `${axis}/${layer}`,
        found && Object.fromEntries(Object.entries(found).map(([name, v]) => [name, base64(v)])),
      ];
    }),
  );
  return {
    milliseconds,
    probabilities,
    features,
    fixation,
    rollouts: rollouts.map((request) => {
      const { description, map } = made.rollout(request);
      return { description, map: base64(map) };
    }),
  };
});
writeFileSync(output, JSON.stringify(results));
