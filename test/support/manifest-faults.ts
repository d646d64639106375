import { resolve } from 'node:path';
import ts from 'typescript';

/** A Kubernetes object, as it stands in its file. */
export interface Manifest {
  apiVersion: string;
  kind: string;
}

const ROOT = resolve('test', 'support');
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  types: [],
  lib: ['lib.es5.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/**
 * What is wrong with each manifest by the types that `kubernetes-types` makes of the schemas that
 * Kubernetes publishes: unknown fields too, which most validators let pass.
 */
export function manifestFaults(manifests: readonly Manifest[]): string[][] {
  const sources = new Map(
    manifests.map((manifest, index) => [pathOf(index), sourceOf(manifest)] as const),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const real = { ...host };
  host.fileExists = (path) => sources.has(path) || real.fileExists(path);
  host.readFile = (path) => sources.get(path) ?? real.readFile(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const source = sources.get(path);
    return source === undefined
      ? real.getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, source, languageVersion);
  };
  const program = ts.createProgram([...sources.keys()], OPTIONS, host);
  return [...sources.keys()].map((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

function pathOf(index: number): string {
  return `${ROOT}/manifest-${index}.ts`;
}

function sourceOf(manifest: Manifest): string {
  // The group of `autoscaling/v2` is a folder, and that of `v1` has none: it is called core.
  const group = manifest.apiVersion.includes('/')
    ? manifest.apiVersion
    : `core/${manifest.apiVersion}`;
  return `import type { ${manifest.kind} } from 'kubernetes-types/${group}';
    export const manifest: ${manifest.kind} = ${JSON.stringify(manifest)};`;
}
