import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import { queryFields, readable } from '../form-fields.js';
import type { Malformed, RawRequest } from '../ingress.js';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const WORD = /^[\w.-]{1,64}$/;

/** Whether it can be one of Vonage's ids: a UUID, with `CON-` before it for a conversation. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** What a request says: the JSON of a POST, the query of a GET. */
export class Fields {
  private constructor(private readonly values: JsonObject) {}

  static of({ method, body, target }: RawRequest): Fields | Malformed {
    if (method === 'GET') return new Fields(Object.fromEntries(readable(queryFields(target))));
    try {
      const value: unknown = JSON.parse(body.toString('utf8'));
      if (isJsonObject(value)) return new Fields(value);
    } catch {
      // Said below.
    }
    return { malformed: 'not a JSON object' };
  }

  get(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  /** Null unless it is one short word, in lower case. */
  word(name: string): string | null {
    const value = this.get(name);
    return typeof value === 'string' && WORD.test(value) ? value.toLowerCase() : null;
  }

  id(name: string): string | null {
    const value = this.get(name);
    return isId(value) ? value : null;
  }

  /** A number, or a text that is one, from 0 on; null for anything else. */
  number(name: string): number | null {
    const value = this.get(name);
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : null;
  }

  date(name: string): Date | null {
    const value = this.get(name);
    const millis = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isNaN(millis) ? null : new Date(millis);
  }

  /** As received, for the record. */
  toPayload(): Record<string, unknown> {
    return { ...this.values };
  }
}
