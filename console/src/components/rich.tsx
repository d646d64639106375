import type { ComponentChildren } from 'preact';
import { fill, type PlacesOf } from '../messages/fill.js';

/** The names of the marks in a message: of `See <link>the guide</link>`, `link`. */
type MarksOf<Text> = Text extends `${string}<${infer Name}>${infer Rest}`
  ? (Name extends `/${string}` ? never : Name) | MarksOf<Rest>
  : never;

interface Parts<Text> {
  /** What is drawn for each marked part, by the name of its mark. */
  marks?: { readonly [Name in MarksOf<Text>]: (text: string) => ComponentChildren };
  /** What stands in each place. */
  values?: { readonly [Name in PlacesOf<Text>]: ComponentChildren };
}

/** A message with elements in it. Each language puts them where it needs them. */
export function rich<Text extends string>(message: Text, parts: Parts<Text>): ComponentChildren {
  const marks = (parts.marks ?? {}) as Record<string, (text: string) => ComponentChildren>;
  const values = (parts.values ?? {}) as Record<string, ComponentChildren>;
  // A place within marks takes text only.
  const texts = values as Record<string, string | number>;
  return message.split(/(<\w+>.*?<\/\w+>|\{\w+\})/).map((part) => {
    const [, mark = '', inner = ''] = /^<(\w+)>(.*)<\/\1>$/.exec(part) ?? [];
    if (mark !== '') return marks[mark]?.(fill<string>(inner, texts)) ?? inner;
    const [, place = ''] = /^\{(\w+)\}$/.exec(part) ?? [];
    return place === '' ? part : (values[place] ?? part);
  });
}
