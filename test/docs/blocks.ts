import { readFileSync } from 'node:fs';
import { readMark, type Marks } from './marks.js';

/** One fenced block of a page. */
export interface Block {
  /** The page, relative to the project's root. */
  page: string;
  /** The line of the fence, counted from 1. */
  line: number;
  /** The word after the fence; empty where there is none. */
  language: string;
  /** What is between the fences, without the indentation of a list. */
  text: string;
  marks: Marks;
}

const FENCE = /^( *)(`{3,}|~{3,}) *([^`\s]*)[^`]*$/;
const COMMENT = /^ *<!-- *(.*?) *-->$/;

/**
 * The blocks of a page, in their order.
 *
 * @throws Error that names the line of a fence that is not closed, of a comment that is no mark, and of
 *   a mark that stands before no block
 */
export function blocksOf(page: string, text = readFileSync(page, 'utf8')): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let marks: Marks = {};
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const where = `${page}:${at + 1}`;
    const [, comment] = COMMENT.exec(line) ?? [];
    const [, indentation = '', fence, language = ''] = FENCE.exec(line) ?? [];
    if (comment !== undefined) {
      Object.assign(marks, readMark(comment, where));
    } else if (fence !== undefined) {
      const closing = lines.findIndex((later, index) => index > at && later.trim() === fence);
      if (closing < 0) throw new Error(`${where}: the block is not closed`);
      const inside = lines
        .slice(at + 1, closing)
        .map((one) => withoutIndentation(one, indentation));
      blocks.push({ page, line: at + 1, language, text: inside.join('\n'), marks });
      marks = {};
      at = closing;
    } else if (line.trim() !== '' && Object.keys(marks).length > 0) {
      throw new Error(`${where}: the mark before this line stands before no block`);
    }
  }
  if (Object.keys(marks).length > 0)
    throw new Error(`${page}: its last mark stands before no block`);
  return blocks;
}

function withoutIndentation(line: string, indentation: string): string {
  return line.startsWith(indentation) ? line.slice(indentation.length) : line.trimStart();
}
