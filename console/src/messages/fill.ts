import { language, locale } from './language.js';

/** The names of the places in a message: of `{from} to {to}`, `from` and `to`. */
export type PlacesOf<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlacesOf<Rest>
  : never;

/** A message that depends on a number: by the categories of `Intl.PluralRules`, or for one number, as `=2`. */
export type Plural = { readonly other: string } & {
  readonly [Form in Intl.LDMLPluralRule | `=${number}`]?: string;
};

/** The shape of a catalogue in another language: the same keys, any text. */
export type Translation<Catalogue> = Catalogue extends string
  ? string
  : Catalogue extends { readonly one: string; readonly other: string }
    ? Plural
    : { readonly [Key in keyof Catalogue]: Translation<Catalogue[Key]> };

type Value = string | number;

const RULES = new Intl.PluralRules(language);
const LIST = new Intl.ListFormat(locale);
const NUMBER = new Intl.NumberFormat(locale);

/** A number as it is written in the chosen language. */
export function numberText(value: number): string {
  return NUMBER.format(value);
}

/** `one, two, and three` */
export function listText(parts: readonly string[]): string {
  return LIST.format(parts);
}

/** A message with values in its places. Numbers are put in as they are; see `numberText`. */
export function fill<Text extends string>(
  message: Text,
  values: Readonly<Record<PlacesOf<Text>, Value>>,
): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) =>
    String((values as Record<string, Value>)[name] ?? whole),
  );
}

/** The form of a message that fits a number, which stands in its place `{count}`. */
export function plural<Forms extends Plural>(
  forms: Forms,
  count: number,
  ...[values]: Exclude<PlacesOf<Forms['other']>, 'count'> extends never
    ? []
    : [values: Readonly<Record<Exclude<PlacesOf<Forms['other']>, 'count'>, Value>>]
): string {
  const form = forms[`=${count}`] ?? forms[RULES.select(count)] ?? forms.other;
  return fill<string>(form, { ...values, count: numberText(count) });
}

/** The message of a code that the service sent; undefined: there is none for it. */
export function byCode(
  messages: Readonly<Record<string, string>>,
  code: string,
): string | undefined {
  return Object.hasOwn(messages, code) ? messages[code] : undefined;
}
