import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { FormFields, Malformed } from '../ingress.js';
import { TWILIO, type TwimlDialect } from './dialect.js';

const VALUE_MAX = 4_096;
const YEAR_2000 = Date.UTC(2000, 0, 1);
const YEAR_2100 = Date.UTC(2100, 0, 1);

/** Twilio's `CallStatus`, as ours. Callbacks use `initiated`; REST does not. */
const STATUSES = new Map<string, CallStatus>([
  ['queued', 'queued'],
  ['initiated', 'initiated'],
  ['ringing', 'ringing'],
  ['in-progress', 'answered'],
  ['completed', 'completed'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['failed', 'failed'],
  ['canceled', 'canceled'],
]);

export function statusFrom(word: string): CallStatus | null {
  return STATUSES.get(word) ?? null;
}

/** Twilio's fields by name. A name that repeats with different values is a list. */
export class Fields {
  /** Each name with its distinct values. */
  private readonly values = new Map<string, string[]>();

  constructor(
    fields: FormFields,
    private readonly dialect: TwimlDialect = TWILIO,
  ) {
    for (const [name, value] of fields) {
      const values = this.values.get(name);
      if (!values) this.values.set(name, [value]);
      else if (!values.includes(value)) values.push(value);
    }
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The names that were received, each once. */
  names(): string[] {
    return [...this.values.keys()];
  }

  /** The value; null when absent. The first one when there are several. */
  get(name: string): string | null {
    return this.values.get(name)?.[0] ?? null;
  }

  /** The ids that every request of Twilio carries, or what is wrong with them. */
  ids(): { callId: string; accountId: string } | Malformed {
    const { callId: call, accountId: account } = this.dialect;
    const callId = this.only('CallSid', call.form);
    const accountId = this.accountId();
    if (callId === null) return { malformed: `CallSid must be ${call.words}` };
    if (accountId === null) return { malformed: `AccountSid must be ${account.words}` };
    return { callId, accountId };
  }

  /** The call that dialled this one, for the person's side of a `<Dial>`; null for every other call. */
  parentId(): string | null {
    const isPerson = this.get('Direction') === 'outbound-dial';
    return isPerson ? this.only('ParentCallSid', this.dialect.callId.form) : null;
  }

  /** Only the account, for a request that names no call; null when it is not valid. */
  accountId(): string | null {
    return this.only('AccountSid', this.dialect.accountId.form);
  }

  /** The fields as received, for the record; longer values are cut. */
  toPayload(): Record<string, unknown> {
    // Without a prototype, so that a field called __proto__ is only a field.
    const payload = Object.create(null) as Record<string, unknown>;
    for (const [name, values] of this.values) {
      const cut = values.map((value) => value.slice(0, VALUE_MAX));
      payload[name] = cut.length === 1 ? cut[0] : cut;
    }
    return payload;
  }

  private only(name: string, shape: RegExp): string | null {
    const values = this.values.get(name);
    const [value] = values ?? [];
    return values?.length === 1 && value !== undefined && shape.test(value) ? value : null;
  }
}

/**
 * The call that a request names, in one pass over its fields: nothing else is read of a request
 * whose signature has not been found right. Null when it names none.
 */
export function callIdOf(fields: FormFields, { callId }: TwimlDialect = TWILIO): string | null {
  const [, value = ''] = fields.find(([name]) => name === 'CallSid') ?? [];
  return callId.form.test(value) ? value : null;
}

/** Null when it is not a whole number within bounds: the event is kept all the same. */
export function wholeNumber(text: string | null, low: number, high: number): number | null {
  if (text === null || !/^\d{1,9}$/.test(text)) return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

/**
 * RFC 2822 in call callbacks, ISO 8601 with up to nanoseconds in stream callbacks. An event whose
 * time cannot be read is kept all the same.
 */
export function timestamp(text: string | null): Date | null {
  if (text === null || text.length > 64) return null;
  const millis = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
  return millis >= YEAR_2000 && millis < YEAR_2100 ? new Date(millis) : null;
}
