import type { Block } from './blocks.js';
import type { Place } from './marks.js';

/** What a reader puts around a piece of an agent. */
const AROUND: Record<Place, (piece: string) => string> = {
  class: (piece) => agent(`${piece}\n  answer() {\n    return { onAudio: () => undefined };\n  }`),
  answer: (piece) =>
    agent(`/** @param {import('patchbay/agent').AgentCall} call */
  async answer(call) {
    ${piece}
    return { onAudio: () => undefined };
  }`),
};

function agent(body: string): string {
  return `import { Agent } from 'patchbay/agent';

/** @type {(sentence: string) => AsyncIterable<Buffer>} */
const speechOf = async function* () {};
void speechOf;

export default class PieceAgent extends Agent {
  name = 'piece';
  description = 'A piece of a page.';
  optionsSchema = { type: 'object', additionalProperties: false };
  ${body}
}
`;
}

/** The block's text as a file that can be loaded. */
export function wholeFile({ text, marks }: Block): string {
  return marks.inside === undefined ? text : AROUND[marks.inside](text);
}

/** Where the block lies as a file. What is a piece has no name on the page. */
export function fileOf({ line, marks }: Block): string {
  return marks.file ?? `pieces/line-${line}.js`;
}
