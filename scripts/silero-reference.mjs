// Makes test/fixtures/silero-reference.json: what ONNX Runtime says of a sound, for comparison with our own code.
// node scripts/silero-reference.mjs MODEL SOUND, in a folder with onnxruntime-web; MODEL is the .onnx that
// silero-weights.mjs takes the weights from, SOUND 16-bit samples at 8 kHz.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [model, sound] = process.argv.slice(2);
const ort = createRequire(join(process.cwd(), 'package.json'))('onnxruntime-web');
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(readFileSync(model));
const bytes = readFileSync(sound);
const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);

const WINDOW = 256;
const CONTEXT = 32;
const rate = new ort.Tensor('int64', BigInt64Array.from([8000n]), []);
let state = new ort.Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]);
let context = new Float32Array(CONTEXT);
const probabilities = [];
for (let from = 0; from + WINDOW <= samples.length; from += WINDOW) {
  const window = Float32Array.from(samples.subarray(from, from + WINDOW), (s) => s / 32_768);
  const heard = new Float32Array(CONTEXT + WINDOW);
  heard.set(context);
  heard.set(window, CONTEXT);
  context = window.slice(WINDOW - CONTEXT);
  const input = new ort.Tensor('float32', heard, [1, heard.length]);
  const out = await session.run({ input, state, sr: rate });
  state = out.stateN;
  probabilities.push(Number(out.output.data[0].toFixed(7)));
}
const file = join(import.meta.dirname, '..', 'test', 'fixtures', 'silero-reference.json');
writeFileSync(file, `${JSON.stringify(probabilities)}\n`);
