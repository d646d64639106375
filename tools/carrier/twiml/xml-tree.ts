import { SaxesParser } from 'saxes';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  /** All text below this element, in order. */
  text: string;
}

/** The document's root, or why the text is not well-formed XML. */
export function parseXml(text: string): XmlElement | { malformed: string } {
  const holder: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [holder];
  let problem: string | null = null;
  const parser = new SaxesParser();
  const addText = (more: string) => {
    for (const element of open) element.text += more;
  };
  parser.on('error', (error) => {
    problem ??= error.message;
  });
  parser.on('opentag', (tag) => {
    const element: XmlElement = {
      name: tag.name,
      attributes: { ...tag.attributes },
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  if (problem !== null) return { malformed: problem };
  return holder.children[0] ?? { malformed: 'no root element' };
}
