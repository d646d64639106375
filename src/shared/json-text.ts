import { invalidField, Problem } from './problem.js';

/** The limits of a JSON body, in addition to its size. */
export const JSON_LIMITS = {
  /** Members of the outermost object. */
  members: 100,
  /** Values in total. */
  nodes: 10_000,
  /** Levels of nested objects and arrays. */
  levels: 64,
} as const;

const [QUOTE, BACKSLASH] = ['"', '\\'].map((one) => one.charCodeAt(0));
const WORD = /[^\s,:[\]{}"]+/y;
const SPACES = new Set([' ', '\t', '\n', '\r']);

/**
 * Reads a JSON object. Its content is counted over the text, in one pass,
 * before any object is built; a member given twice is refused, because readers
 * disagree on which of the two counts, and `__proto__` is refused, because most
 * readers do not treat it as an ordinary member.
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

/** Counts what the text holds; `JSON.parse` decides whether it is valid JSON. */
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

/** Reads a member name in its quotes; `JSON.parse` reports one that is not valid JSON. */
function nameOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/**
 * The position of the closing quote of the string that begins at `from`; the text's
 * end where there is none.
 */
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

/** The position of the last character of a number, `true`, `false` or `null`. */
function endOfWord(text: string, from: number): number {
  WORD.lastIndex = from;
  return WORD.test(text) ? WORD.lastIndex - 1 : from;
}
