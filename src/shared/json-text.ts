import { invalidField, Problem } from './problem.js';

/** What a JSON body may be made of, beside its size. */
export const JSON_LIMITS = {
  /** Members of the outermost object. */
  members: 100,
  /** Values, in all. */
  nodes: 10_000,
  /** Objects and arrays in one another. */
  levels: 64,
} as const;

const [QUOTE, BACKSLASH] = ['"', '\\'].map((one) => one.charCodeAt(0));
const WORD = /[^\s,:[\]{}"]+/y;
const SPACES = new Set([' ', '\t', '\n', '\r']);

/**
 * Reads a JSON object. How much it holds is counted over the text, in one pass,
 * before anything is built of it; a member given twice is refused, because
 * readers disagree on which of the two counts, and `__proto__`, because it is
 * no ordinary member to most of them.
 * @throws Problem `invalid_request`
 */
export function parseJsonObject(text: string): Record<string, unknown> {
  checkJsonText(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem('invalid_request', 'The body is not valid JSON.');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Problem('invalid_request', 'The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

/** Counts what the text holds; whether it is JSON at all is for `JSON.parse` to find out. */
function checkJsonText(text: string): void {
  /** The member names of each object that is open; null for an array. */
  const open: Array<Set<string> | null> = [];
  let nodes = 0;
  const countNode = (): void => {
    nodes += 1;
    if (nodes > JSON_LIMITS.nodes) tooMany(`more than ${JSON_LIMITS.nodes} values`);
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    switch (character) {
      case '{':
      case '[':
        countNode();
        open.push(character === '{' ? new Set() : null);
        if (open.length > JSON_LIMITS.levels) {
          throw new Problem(
            'invalid_request',
            `The body is nested in more than ${JSON_LIMITS.levels} levels.`,
          );
        }
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (names && nextIsColon(text, end + 1)) {
          addName(names, nameOf(text.slice(at, end + 1)));
          if (open.length === 1 && names.size > JSON_LIMITS.members) {
            tooMany(`more than ${JSON_LIMITS.members} members`);
          }
        } else {
          countNode();
        }
        at = end;
        break;
      }
      case ',':
      case ':':
        break;
      default:
        if (SPACES.has(character)) break;
        countNode();
        at = endOfWord(text, at);
    }
  }
}

function tooMany(what: string): never {
  throw new Problem('invalid_request', `The body has ${what}.`);
}

function addName(names: Set<string>, name: string): void {
  if (name === '__proto__') throw invalidField(name, 'is not allowed, in no object');
  if (names.has(name)) throw invalidField(name, 'is given twice');
  names.add(name);
}

/** Of a member name in its quotes; one that is not JSON is `JSON.parse`'s to complain about. */
function nameOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** Where the string that begins at `from` has its closing quote; the text's end where it has none. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

function nextIsColon(text: string, from: number): boolean {
  let at = from;
  while (SPACES.has(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}

/** The last character of a number, `true`, `false` or `null`. */
function endOfWord(text: string, from: number): number {
  WORD.lastIndex = from;
  return WORD.test(text) ? WORD.lastIndex - 1 : from;
}
