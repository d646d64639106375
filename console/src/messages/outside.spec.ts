import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const CONSOLE = new URL('../', import.meta.url);

/** Names and units, which are the same in every language. */
const NAMES = new Set(['Patchbay', 'ms']);
/** Attributes whose text is for programs. */
const FOR_PROGRAMS =
  /^(class|id|type|role|href|to|key|name|lang|pattern|value|accept|autocomplete|labelledBy|aria-labelledby)$/;
/** Calls that take names and addresses. */
const TAKES_NAMES =
  /^(querySelector|querySelectorAll|matchMedia|closest|call|send|fetch|Error|Symbol)$/;

it.each(sources())('%s shows no text that is not in a catalogue', (file) => {
  const text = readFileSync(new URL(file, CONSOLE), 'utf8');
  expect(textsOutside(file, text)).toEqual([]);
});

describe('what is found', () => {
  it.each([
    ['<p>Call over</p>', 'Call over'],
    ['<p>{over ? "over" : null}</p>', 'over'],
    ['<p>{`over since ${when}`}</p>', 'over since '],
    ['<Field label="Number" />', 'Number'],
    ['<Field label={given ? "One of yours" : ""} />', 'One of yours'],
    ['const TITLES = { busy: "The line was busy" };', 'The line was busy'],
    ['const text = `${count} live calls`;', ' live calls'],
  ])('%s', (source, text) => {
    expect(textsOutside('a.tsx', source)).toEqual([`a.tsx:1 ${text}`]);
  });

  it.each([
    ['<p class="empty first">{m.calls.callOver}</p>'],
    ['<Link to="workflows/new">{m.calls.callOver}</Link>'],
    ['document.querySelector("main h1");'],
    ['throw new Error("there is no router above");'],
    ['const AUDIT = { "POST /api/v1/calls": m.audit.placed };'],
    ['const url = `calls/${id}?from=${from}`;'],
    ['if (name === "NotAllowedError") return m.line.notAllowed;'],
  ])('not %s', (source) => {
    expect(textsOutside('a.tsx', source)).toEqual([]);
  });
});

function sources(): string[] {
  const all = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' });
  return all.filter(
    (file) => /\.tsx?$/.test(file) && !/\.spec\.ts$|^(messages|test-kit)\//.test(file),
  );
}

/** Where a file has text for people, as `pages/call.tsx:12 Call over`. */
function textsOutside(file: string, source: string): string[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    for (const text of textsOf(node)) {
      if (isForPeople(text, node) && !NAMES.has(text.trim())) {
        const { line } = parsed.getLineAndCharacterOfPosition(node.getStart(parsed));
        found.push(`${file}:${line + 1} ${text}`);
      }
    }
    ts.forEachChild(node, look);
  };
  look(parsed);
  return found;
}

function textsOf(node: ts.Node): string[] {
  if (ts.isJsxText(node)) return [node.text];
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return [];
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

function isForPeople(text: string, node: ts.Node): boolean {
  if (!/\p{L}{2}/u.test(text)) return false;
  if (ts.isJsxText(node)) return true;
  const place = placeOf(node);
  if (place === 'none') return false;
  // Between tags everything is shown; elsewhere it takes words with a blank between them, or a capital.
  return place === 'shown' || isWords(text);
}

function isWords(text: string): boolean {
  return (
    /^\p{Lu}\p{Ll}+/u.test(text) || /\p{L}{2,},? \p{L}/u.test(text) || /^ \p{L}{2}/u.test(text)
  );
}

/** Whether a text stands between tags, somewhere else, or where nobody reads it. */
function placeOf(node: ts.Node): 'shown' | 'elsewhere' | 'none' {
  if (ts.isArrayLiteralExpression(node.parent) && isNamed(node.parent.parent, 'queryKey'))
    return 'none';
  let [inner, outer] = [node, node.parent];
  while (isTransparent(outer, inner)) [inner, outer] = [outer, outer.parent];
  if (ts.isJsxExpression(outer)) {
    if (!ts.isJsxAttribute(outer.parent)) return 'shown';
    outer = outer.parent;
  }
  if (ts.isJsxAttribute(outer)) {
    return FOR_PROGRAMS.test(outer.name.getText()) ? 'none' : 'elsewhere';
  }
  if (ts.isPropertyAssignment(outer) && outer.name === inner) return 'none';
  if (ts.isComputedPropertyName(outer) || ts.isCaseClause(outer)) return 'none';
  if (ts.isBinaryExpression(outer) || ts.isElementAccessExpression(outer)) return 'none';
  if (ts.isCallExpression(outer) || ts.isNewExpression(outer)) {
    const called = outer.expression.getText().split('.').at(-1) ?? '';
    return TAKES_NAMES.test(called) ? 'none' : 'elsewhere';
  }
  return 'elsewhere';
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isPropertyAssignment(node) && node.name.getText() === name;
}

/** Whether a part's value is, or may be, the value of the whole. */
function isTransparent(whole: ts.Node, part: ts.Node): boolean {
  if (ts.isConditionalExpression(whole)) return whole.condition !== part;
  if (ts.isBinaryExpression(whole)) {
    return ['??', '||', '&&', '+'].includes(whole.operatorToken.getText());
  }
  return (
    ts.isParenthesizedExpression(whole) ||
    ts.isTemplateSpan(whole) ||
    ts.isTemplateExpression(whole)
  );
}
