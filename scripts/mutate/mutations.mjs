// The small changes that `npm run mutate` draws from: each is one edit of one
// place, of the kinds that reviews miss.
import ts from 'typescript';

const K = ts.SyntaxKind;
const BOUNDS = new Map([
  [K.LessThanToken, '<='],
  [K.LessThanEqualsToken, '<'],
  [K.GreaterThanToken, '>='],
  [K.GreaterThanEqualsToken, '>'],
]);
const COMPARISONS = new Map([
  [K.LessThanToken, '>='],
  [K.LessThanEqualsToken, '>'],
  [K.GreaterThanToken, '<='],
  [K.GreaterThanEqualsToken, '<'],
  [K.EqualsEqualsEqualsToken, '!=='],
  [K.ExclamationEqualsEqualsToken, '==='],
]);
const BRANCHES = new Map([
  [K.AmpersandAmpersandToken, '||'],
  [K.BarBarToken, '&&'],
]);

/** Their arguments have no order, so swapping them changes nothing. */
const SYMMETRIC = new Set(['Math.min', 'Math.max']);

/**
 * Every change that could be made to a source text, in its order.
 * @param {string} path only for the parser
 * @param {string} text
 * @returns {{kind: string, start: number, end: number, text: string}[]} the text from `start` to
 *   `end` becomes `text`
 */
export function mutationsOf(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (kind, start, end, replacement) => {
    found.push({ kind, start, end, text: replacement });
  };
  const replace = (kind, node, replacement) => {
    add(kind, node.getStart(source), node.end, replacement);
  };
  const visit = (node) => {
    // Types do not run, and decorators run only as text.
    if (ts.isTypeNode(node) || ts.isDecorator(node)) return;
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken;
      for (const [kind, table] of [
        ['bound', BOUNDS],
        ['comparison', COMPARISONS],
        ['branch', BRANCHES],
      ]) {
        const other = table.get(operator.kind);
        if (other) replace(kind, operator, other);
      }
    }
    if (ts.isIfStatement(node)) {
      replace('branch', node.expression, 'false');
      replace('branch', node.expression, 'true');
    }
    if (ts.isConditionalExpression(node)) {
      replace('branch', node.condition, 'false');
      replace('branch', node.condition, 'true');
    }
    if (ts.isAwaitExpression(node) && ts.isExpressionStatement(node.parent)) {
      const operand = node.expression;
      add('await', node.getStart(source), operand.getStart(source), 'void ');
    }
    const hasArguments = ts.isCallExpression(node) || ts.isNewExpression(node);
    if (hasArguments && node.arguments && !SYMMETRIC.has(node.expression.getText(source))) {
      for (let index = 1; index < node.arguments.length; index++) {
        const [left, right] = [node.arguments[index - 1], node.arguments[index]];
        const between = text.slice(left.end, right.getStart(source));
        const swapped = right.getText(source) + between + left.getText(source);
        add('arguments', left.getStart(source), right.end, swapped);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.filter(({ start, end, text: other }) => text.slice(start, end) !== other);
}

/**
 * Checks whether a changed file still passes the type check: a change that the
 * compiler refuses needs no test.
 */
export class TypeCheck {
  #versions = new Map();
  #texts = new Map();
  #service;

  constructor(root) {
    const config = ts.getParsedCommandLineOfConfigFile(
      `${root}/tsconfig.json`,
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: (problem) => {
          throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
        },
      },
    );
    const names = config.fileNames.filter((name) => name.startsWith(`${root}/src/`));
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({ ...config.options, noEmit: true }),
      getScriptFileNames: () => names,
      getScriptVersion: (name) => String(this.#versions.get(name) ?? 0),
      getScriptSnapshot: (name) => {
        const text = this.#texts.get(name) ?? ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (...args) => ts.sys.fileExists(...args),
      readFile: (...args) => ts.sys.readFile(...args),
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (...args) => ts.sys.directoryExists(...args),
      getDirectories: (...args) => ts.sys.getDirectories(...args),
    });
  }

  /** @param {string} path absolute; checked with `text` in place of the file's content */
  passes(path, text) {
    this.#set(path, text);
    const problems =
      this.#service.getSyntacticDiagnostics(path).length +
      this.#service.getSemanticDiagnostics(path).length;
    this.#set(path, undefined);
    return problems === 0;
  }

  #set(path, text) {
    if (text === undefined) this.#texts.delete(path);
    else this.#texts.set(path, text);
    this.#versions.set(path, (this.#versions.get(path) ?? 0) + 1);
  }
}
