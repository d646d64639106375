import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../shared/package-root.js';
import type { AudioKernel } from './audio-kernel.js';
import { PlainKernel } from './plain-kernel.js';
import { WasmKernel, type WebAssemblyApi } from './wasm-kernel.js';

/** Made by scripts/build.mjs of assembly/audio-kernel.ts. */
const CODE = join(packageRoot(), 'dist', 'assembly', 'audio-kernel.wasm');

/** The quickest kernel that this engine can run. @throws Error when the program is not built completely */
export function bestKernel(
  engine: { WebAssembly?: WebAssemblyApi } = globalThis as { WebAssembly?: WebAssemblyApi },
): AudioKernel {
  return WasmKernel.of(new Uint8Array(readFileSync(CODE)), engine) ?? new PlainKernel();
}
