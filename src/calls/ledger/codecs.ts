/** How a value is kept in a column, and read again. */
export interface Codec<Stored, Value> {
  toRow: (value: Value) => Stored;
  fromRow: (stored: Stored) => Value;
}

const asItIs = <T>() => ({ toRow: (value: T) => value, fromRow: (stored: T) => stored });

export const integer: Codec<number, number> = asItIs();

export const flag: Codec<number, boolean> = {
  toRow: (value) => (value ? 1 : 0),
  fromRow: (stored) => stored === 1,
};

export const time: Codec<number, Date> = {
  toRow: (value) => value.getTime(),
  fromRow: (stored) => new Date(stored),
};

/** JSON of a shape that is only ever written by us. */
export function json<Value>(): Codec<string, Value> {
  return {
    toRow: (value) => JSON.stringify(value),
    fromRow: (stored) => JSON.parse(stored) as Value,
  };
}

export const object: Codec<string, Record<string, unknown>> = json();

/** Text of which only some words are ever written. */
export function text<Word extends string = string>(): Codec<string, Word> {
  return { toRow: (value) => value, fromRow: (stored) => stored as Word };
}

export function optional<Stored, Value>({
  toRow,
  fromRow,
}: Codec<Stored, Value>): Codec<Stored | null, Value | null> {
  return {
    toRow: (value) => (value === null ? null : toRow(value)),
    fromRow: (stored) => (stored === null ? null : fromRow(stored)),
  };
}
