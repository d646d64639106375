/** Converts between a value and what its column holds. */
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

/** JSON whose shape is written only by us. */
export function json<Value>(): Codec<string, Value> {
  return {
    toRow: (value) => JSON.stringify(value),
    fromRow: (stored) => JSON.parse(stored) as Value,
  };
}

export const object: Codec<string, Record<string, unknown>> = json();

/** Text that holds only one of certain words. */
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
