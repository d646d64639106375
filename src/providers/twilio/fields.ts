import type { CallStatus } from '../../calls/ledger/call-status.js';
import { maskPartiesIn } from '../../shared/party.js';
import type { FormFields, Malformed } from '../ingress.js';
import { TWILIO, type TwimlDialect } from './dialect.js';

const VALUE_MAX = 4_096;
const TEXT_MAX = 200;

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

/** Twilio's texts quote the parties they complain about, including numbers without their plus. */
export function withoutNumbers(text: string, lengthMax = TEXT_MAX): string {
  return maskPartiesIn(text)
    .replace(/\d{7,}/g, '[number]')
    .slice(0, lengthMax);
}

/** Twilio's fields by name. A name that repeats with different values is a list. */
export class Fields {
  private readonly values = new Map<string, Set<string>>();

  constructor(
    fields: FormFields,
    private readonly dialect: TwimlDialect = TWILIO,
  ) {
    for (const [name, value] of fields) {
      const values = this.values.get(name);
      if (values) values.add(value);
      else this.values.set(name, new Set([value]));
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
    const [first = null] = this.values.get(name) ?? [];
    return first;
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

  /** Only the account, for a request that names no call; null when it is not valid. */
  accountId(): string | null {
    return this.only('AccountSid', this.dialect.accountId.form);
  }

  /** The fields as received, for the record; longer values are cut. */
  toPayload(): Record<string, unknown> {
    const entries = [...this.values].map(([name, values]): [string, unknown] => {
      const cut = [...values].map((value) => value.slice(0, VALUE_MAX));
      return [name, cut.length === 1 ? cut[0] : cut];
    });
    // fromEntries defines members, so a field called __proto__ is only a field.
    return Object.fromEntries(entries);
  }

  private only(name: string, shape: RegExp): string | null {
    const values = this.values.get(name);
    const [value] = values ?? [];
    return values?.size === 1 && value !== undefined && shape.test(value) ? value : null;
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
