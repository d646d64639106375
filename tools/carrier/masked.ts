/** A line for people with its parties masked: a number shows its first and its last two digits, an address hides the name. */
export function masked(text: string): string {
  return text
    .replace(/\b(sips?|client|whatsapp):(?!\+?\d)[^\s@;?]+/gi, '$1:***')
    .replace(/\+\d{6,15}|\b\d{7,15}\b/g, (number) => {
      return `${number.slice(0, 2)}***${number.slice(-2)}`;
    });
}
