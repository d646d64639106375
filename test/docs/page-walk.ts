import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Block } from './blocks.js';
import { differenceOf } from './likeness.js';
import { fileOf, wholeFile } from './pieces.js';
import type { Shell, Staying } from './shell.js';
import { checkSyntax, valuesOf } from './syntax.js';

/** The text by which the service says that it listens, for pages on which it runs already. */
const LISTENING = 'service.listening';

/**
 * What became of a block: it was run; it is a file that a command of the page, or the compiler, has
 * read; its values were compared with a schema or a reply; its syntax alone was looked at, for what it
 * needs; it shows what a person sees.
 */
export type Outcome = 'run' | 'file' | 'value' | 'syntax' | 'output';

/** Somebody who does what a page says, block after block. */
export class PageWalk {
  private staying: Staying | null = null;
  private printed = '';

  constructor(
    private readonly root: string,
    private readonly shell: Shell,
  ) {}

  /** @throws Error that says what is wrong with the block */
  async go({ ...block }: Block): Promise<Outcome> {
    const kind = checkSyntax(block);
    const { marks, text } = block;
    if (marks.given !== undefined) await this.stay(marks.given, this.root, LISTENING);
    if (marks.needs !== undefined) return 'syntax';
    if (marks.reply) return this.compare(block);
    switch (kind) {
      case 'command': {
        const cwd = join(this.root, marks.in ?? '.');
        if (marks.stays !== undefined) await this.stay(text, cwd, marks.stays);
        else this.printed = await this.shell.run(text, cwd, marks.exits);
        return 'run';
      }
      case 'file':
        await this.write(block);
        return 'file';
      case 'value':
      case 'output':
        return kind;
      default:
        return kind satisfies never;
    }
  }

  async end(): Promise<void> {
    await this.staying?.stop();
    this.staying = null;
  }

  private async stay(text: string, cwd: string, printed: string): Promise<void> {
    await this.end();
    this.staying = await this.shell.stay(text, cwd, printed);
    this.printed = this.staying.output();
  }

  private async write(block: Block): Promise<void> {
    const path = join(this.root, fileOf(block));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, this.shell.here(wholeFile(block)));
  }

  private compare(block: Block): Outcome {
    const reply = this.printed.split('\n').find((line) => line.startsWith('{'));
    if (reply === undefined)
      throw new Error(`the command before printed no reply: ${this.printed}`);
    const difference = differenceOf(valuesOf(block)[0], JSON.parse(reply));
    if (difference !== null) throw new Error(`${difference}; it is ${reply}`);
    return 'value';
  }
}
