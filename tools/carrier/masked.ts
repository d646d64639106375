/** Phone numbers in a line for people, all but the first two and the last two digits hidden. */
export function masked(text: string): string {
  return text.replace(/\+\d{6,15}/g, (number) => `${number.slice(0, 3)}***${number.slice(-2)}`);
}
