/** An element of an instruction. */
export interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content?: string | readonly Element[];
}

/** An instruction in XML. Characters that XML 1.0 forbids are left out, because one makes the whole unreadable. */
export function xmlOf(elements: readonly Element[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${written({ name: 'Response', content: elements })}`;
}

function written({ name, attributes = {}, content = '' }: Element): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const inner = typeof content === 'string' ? escaped(content) : content.map(written).join('');
  const start = `<${name}${given.join('')}`;
  return inner === '' ? `${start}/>` : `${start}>${inner}</${name}>`;
}

function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
