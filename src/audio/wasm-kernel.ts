import { AudioKernel } from './audio-kernel.js';

/** What is used of WebAssembly, which TypeScript knows of in browsers alone. */
export interface WebAssemblyApi {
  validate(code: Uint8Array<ArrayBuffer>): boolean;
  Module: new (code: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { exports: object };
}

/** What assembly/audio-kernel.ts exports. */
interface Exports extends Pick<AudioKernel, 'decodeMulaw' | 'encodeMulaw' | 'filter'> {
  memory: { buffer: ArrayBuffer };
}

/** The kernel in WebAssembly, with instructions that work on eight samples at a time. */
export class WasmKernel extends AudioKernel {
  readonly decodeMulaw: AudioKernel['decodeMulaw'];
  readonly encodeMulaw: AudioKernel['encodeMulaw'];
  readonly filter: AudioKernel['filter'];

  private constructor(exports: Exports) {
    super(exports.memory.buffer);
    this.decodeMulaw = exports.decodeMulaw;
    this.encodeMulaw = exports.encodeMulaw;
    this.filter = exports.filter;
  }

  /** Null where the engine does not know WebAssembly or these instructions: a processor may lack them, `--jitless` turns all of it off. */
  static of(
    code: Uint8Array<ArrayBuffer>,
    { WebAssembly: api }: { WebAssembly?: WebAssemblyApi },
  ): WasmKernel | null {
    if (!api?.validate(code)) return null;
    return new WasmKernel(new api.Instance(new api.Module(code)).exports as Exports);
  }
}
