import { formFields, queryFields, readable } from '../form-fields.js';
import type { FormFields, RawRequest } from '../ingress.js';
import { PROOF_FIELD } from './proof.js';

const VALUE_MAX = 4_096;
const FIELDS_MAX = 100;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** An Indian number as it is dialled within India, or without its plus. */
const NATIONAL = /^0([1-9]\d{9})$/;
const WITHOUT_PLUS = /^[1-9]\d{9,14}$/;

/**
 * What a request says: its query, and its body in whichever form it has, since the documents do not
 * say in which it comes. Without our own proof.
 */
export class Fields {
  private readonly values: ReadonlyMap<string, string>;

  constructor(request: RawRequest) {
    const query = readable(queryFields(request.target));
    const all = [...query, ...bodyOf(request)].filter(([name]) => name !== PROOF_FIELD);
    // The body's word counts where both say something.
    this.values = new Map(all.slice(0, FIELDS_MAX));
  }

  /** The first of these that says anything. */
  get(...names: string[]): string | null {
    for (const name of names) {
      const value = this.values.get(name)?.trim();
      if (value) return value;
    }
    return null;
  }

  callId(): string | null {
    const id = this.get('CallSid');
    return id !== null && ID.test(id) ? id : null;
  }

  toPayload(): Record<string, unknown> {
    const cut = [...this.values].map(([name, value]) => [name, value.slice(0, VALUE_MAX)] as const);
    return Object.fromEntries(cut);
  }
}

/** Exotel writes Indian numbers with a zero in front; the rest of the service knows E.164. */
export function partyOf(text: string): string {
  const [, national] = NATIONAL.exec(text) ?? [];
  if (national !== undefined) return `+91${national}`;
  return WITHOUT_PLUS.test(text) ? `+${text}` : text;
}

function bodyOf({ method, headers, body }: RawRequest): FormFields {
  if (method === 'GET' || body.length === 0) return [];
  const type = headers['content-type'] ?? '';
  if (/^application\/json\b/i.test(type)) return jsonFields(body.toString('utf8'));
  const [, quoted, plain] =
    /^multipart\/form-data;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  return boundary === undefined ? readable(formFields(body)) : partsOf(body, boundary);
}

/** Texts and numbers of the first level. */
function jsonFields(text: string): FormFields {
  try {
    return Object.entries(Object(JSON.parse(text)) as Record<string, unknown>).flatMap(
      ([name, value]): Array<[string, string]> =>
        typeof value === 'string' || typeof value === 'number'
          ? [[name, String(value).replaceAll('\0', '\uFFFD')]]
          : [],
    );
  } catch {
    return [];
  }
}

function partsOf(body: Buffer, boundary: string): FormFields {
  const pieces = body.toString('latin1').split(`--${boundary}`).slice(1, FIELDS_MAX);
  const pairs = pieces.flatMap((piece): Array<[string, string]> => {
    const end = piece.indexOf('\r\n\r\n');
    const [, name] =
      /content-disposition:[^\r\n]*\bname="([^"\r\n]*)"/i.exec(piece.slice(0, end)) ?? [];
    if (end < 0 || name === undefined) return [];
    return [[name, piece.slice(end + 4).replace(/\r\n$/, '')]];
  });
  return readable(pairs);
}
