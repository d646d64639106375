import ts from 'typescript';

/** TypeScript's number of the line that ends a round of compiling. */
const ROUND_ENDS = new Set([6193, 6194]);

/**
 * Compiles now and after every change of a source; reports on standard error what does not compile.
 * `onCompiled` is called after each round without an error, the first included; `onFailed` after
 * the others.
 */
export function watchSources(project, { onCompiled, onFailed }) {
  const say = (text) => process.stderr.write(text);
  const format = {
    getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  const host = ts.createWatchCompilerHost(
    project,
    {},
    ts.sys,
    ts.createEmitAndSemanticDiagnosticsBuilderProgram,
    (diagnostic) => say(ts.formatDiagnostic(diagnostic, format)),
    ({ code }, _newLine, _options, errors) => {
      if (!ROUND_ENDS.has(code)) return;
      if (errors === 0) onCompiled();
      else onFailed();
    },
  );
  ts.createWatchProgram(host);
}
