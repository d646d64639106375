import type { CallIds } from '../../calls/ledger/call-ids.js';
import type { FormFields, Malformed } from '../ingress.js';

const VALUE_MAX = 4_096;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Null when it is not a whole number within bounds. */
export function wholeNumber(text: string | null, low: number, high: number): number | null {
  if (text === null || !/^\d{1,9}$/.test(text)) return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

/** A request's fields by name; of a name that repeats with different values, all are kept and the first is read. */
export class Fields {
  private readonly values = new Map<string, Set<string>>();

  constructor(fields: FormFields) {
    for (const [name, value] of fields) {
      const values = this.values.get(name);
      if (values) values.add(value);
      else this.values.set(name, new Set([value]));
    }
  }

  /** Null when absent or empty. */
  get(name: string): string | null {
    const [first = ''] = this.values.get(name) ?? [];
    return first === '' ? null : first;
  }

  /** Null unless it is one short word. */
  word(name: string): string | null {
    return this.get(name)?.slice(0, 64) ?? null;
  }

  /** Null unless there is exactly one, of the form of an id. */
  id(name: string): string | null {
    const values = this.values.get(name);
    const [value = ''] = values ?? [];
    return values?.size === 1 && ID.test(value) ? value : null;
  }

  /**
   * The ids of the call, or what is wrong with them. The request's id is the one that the reply to a dial told; the
   * call's own comes with the first callback. What a `<Dial>` tells names the caller's call as its first leg.
   */
  ids(): CallIds | Malformed {
    const call = this.id('DialALegUUID') ?? this.id('CallUUID');
    if (call === null) return { malformed: 'CallUUID must be an id' };
    const request = this.id('RequestUUID');
    return request === null ? { call } : { call, request };
  }

  /** As received, for the record; longer values are cut. */
  toPayload(): Record<string, unknown> {
    const entries = [...this.values].map(([name, values]): [string, unknown] => {
      const cut = [...values].map((value) => value.slice(0, VALUE_MAX));
      return [name, cut.length === 1 ? cut[0] : cut];
    });
    return Object.fromEntries(entries);
  }
}
