import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Prints the demo's story line by line: coloured on a terminal, plain elsewhere. */
export class Narrator {
  private readonly begunAt = performance.now();
  private readonly coloured: boolean;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    this.coloured = out.isTTY && !process.env['NO_COLOR'];
  }

  title(text: string): void {
    this.out.write(`\n${this.paint('bold', text)}\n\n`);
  }

  /** Prints that something happened; `what` is its one-word name. */
  step(what: string, text: string): void {
    const seconds = ((performance.now() - this.begunAt) / 1000).toFixed(2).padStart(6);
    this.out.write(
      `${this.paint('gray', `${seconds} s`)}  ${this.paint('cyan', what.padEnd(10))}${text}\n`,
    );
  }

  check(passed: boolean, text: string): void {
    const mark = passed ? this.paint('green', '  ok  ') : this.paint('red', ' FAIL ');
    this.out.write(`${mark} ${text}\n`);
  }

  /** Prints that something could not be checked, and why. */
  unchecked(text: string): void {
    this.out.write(`${this.paint('yellow', '  ??  ')} ${text}\n`);
  }

  plain(text = ''): void {
    this.out.write(`${text}\n`);
  }

  private paint(style: Style, text: string): string {
    return this.coloured ? styleText(style, text) : text;
  }
}
