/**
 * What a block that is not run would need. Such a block is checked for its syntax alone. The list is
 * closed: what needs none of these must run.
 */
export const NEEDS = {
  asterisk: 'a running Asterisk, with a phone',
  carrier: 'an account at a carrier, and what it costs',
  docker: 'a Docker daemon',
  kubernetes: 'a Kubernetes cluster',
  minutes: 'several minutes, or a machine that does nothing else',
  postgresql: 'a PostgreSQL that several instances share',
} as const;

export type Need = keyof typeof NEEDS;

/**
 * What HTML comments just before a block say of it, unseen by readers. A block may have several,
 * each in a line of its own:
 *
 * - `<!-- needs: docker, minutes -->`: is not run here.
 * - `<!-- given: npm start -->`: the page says in words that this runs already; it is started before.
 * - `<!-- in: examples/agent -->`: is run in this folder of the project, instead of its root.
 * - `<!-- stays: TEXT -->`: the last command does not end by itself. The next block comes once the
 *   command has printed this text. It is ended by the next one that stays, and at the page's end.
 * - `<!-- exits: 3 -->`: ends with this code.
 * - `<!-- file: agents/greeter.agent.js -->`: the text of a file that the reader makes.
 * - `<!-- reply -->`: what the command before printed. Names and kinds of values must be the same, and every
 *   word that is not different from call to call.
 * - `<!-- schema: PlaceCall -->`, `<!-- excerpt: Call -->`: a value, or some fields of one, of this schema of the
 *   OpenAPI document; with `asyncapi/start` the payload of a message of the AsyncAPI document.
 * - `<!-- options: menu -->`: options of this agent.
 * - `<!-- inside: answer -->`: a piece of an agent, at this place.
 */
export interface Marks {
  needs?: Need[];
  given?: string;
  in?: string;
  stays?: string;
  exits?: number;
  file?: string;
  reply?: true;
  schema?: string;
  excerpt?: string;
  options?: string;
  inside?: Place;
}

/** Where a piece of JavaScript belongs. */
export type Place = 'answer' | 'class';

/** Comments that are for the formatter. */
const NOT_OURS = /^prettier-ignore/;

const READERS: { [Name in keyof Marks]-?: (value: string) => Marks[Name] | undefined } = {
  needs: (value) => {
    const needs = value.split(/, */);
    return needs.every((need): need is Need => Object.hasOwn(NEEDS, need)) ? needs : undefined;
  },
  given: text,
  in: text,
  stays: text,
  exits: (value) => (/^\d+$/.test(value) ? Number(value) : undefined),
  file: text,
  reply: (value) => (value === '' ? true : undefined),
  schema: text,
  excerpt: text,
  options: text,
  inside: (value) => (value === 'answer' || value === 'class' ? value : undefined),
};

function text(value: string): string | undefined {
  return value === '' ? undefined : value;
}

/**
 * @param comment what stands between `<!--` and `-->`
 * @throws Error with `where`, for one that is no mark
 */
export function readMark(comment: string, where: string): Marks {
  if (NOT_OURS.test(comment)) return {};
  const [, name = '', value = ''] = /^([a-z]+)(?:: *(.*))?$/.exec(comment) ?? [];
  const reader = Object.hasOwn(READERS, name) ? READERS[name as keyof Marks] : undefined;
  const read = reader?.(value);
  if (read === undefined)
    throw new Error(`${where}: <!-- ${comment} --> is no mark; see test/docs/marks.ts`);
  return { [name]: read };
}
