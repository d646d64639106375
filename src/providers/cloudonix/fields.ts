import { isJsonObject } from '../../shared/json-object.js';
import { formFields, queryFields, readable } from '../form-fields.js';
import type { RawRequest } from '../ingress.js';
import { CODE_FIELD } from './proof.js';

const VALUE_MAX = 4_096;
const FIELDS_MAX = 100;
const ID = /^[A-Za-z0-9._-]{1,64}$/;
const WITHOUT_PLUS = /^[1-9]\d{9,14}$/;
const YEAR_2000 = Date.UTC(2000, 0, 1);
const YEAR_2100 = Date.UTC(2100, 0, 1);

/** The fields of an object, whatever is no text or number among them left out. */
export class Fields {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(pairs: Iterable<readonly [name: string, value: unknown]>) {
    this.values = new Map([...pairs].slice(0, FIELDS_MAX));
  }

  /** Also of a number; null where there is none. */
  text(name: string): string | null {
    const value = this.values.get(name);
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    return text.trim() === '' ? null : withoutNull(text.trim());
  }

  id(name: string): string | null {
    const text = this.text(name);
    return text !== null && ID.test(text) ? text : null;
  }

  /** The fields of a field; none where it is no object, as a session that is null. */
  within(name: string): Fields {
    return new Fields(pairsOf(this.values.get(name)));
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** A time in milliseconds since 1970. */
  time(name: string): Date | null {
    const millis = Number(this.text(name) ?? Number.NaN);
    return millis >= YEAR_2000 && millis < YEAR_2100 ? new Date(millis) : null;
  }

  /** For the record; longer values are cut. */
  toPayload(): Record<string, unknown> {
    const names = [...this.values.keys()];
    return Object.fromEntries(
      names.flatMap((name): Array<[string, string]> => {
        const text = this.text(name);
        return text === null ? [] : [[withoutNull(name), text.slice(0, VALUE_MAX)]];
      }),
    );
  }
}

/**
 * What a request says: the query of a GET; of a POST the body, JSON by Cloudonix's pages and a form in a
 * sample of others. JSON may be a list of one object. Null where it is neither.
 */
export function fieldsOf({ method, headers, body, target }: RawRequest): Fields | null {
  if (method === 'GET') {
    return new Fields(readable(queryFields(target)).filter(([name]) => name !== CODE_FIELD));
  }
  if (/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) {
    return new Fields(readable(formFields(body)));
  }
  const told = jsonIn(body);
  const one: unknown = Array.isArray(told) && told.length === 1 ? told[0] : told;
  return isJsonObject(one) ? new Fields(pairsOf(one)) : null;
}

/** Numbers are written with a plus and without one. */
export function partyOf(text: string): string {
  return WITHOUT_PLUS.test(text) ? `+${text}` : text;
}

function pairsOf(value: unknown): Array<[string, unknown]> {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** PostgreSQL stores no null byte. */
function withoutNull(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
