import { randomInt } from 'node:crypto';
import type { ExchangeOptions } from './exchange-options.js';

export interface ExchangeApplication {
  app_id: string;
  app_name: string;
  answer_url: string;
  hangup_url: string;
  hangup_method: string;
}

const KNOWN: ReadonlySet<string> = new Set([
  'app_name',
  'answer_url',
  'answer_method',
  'hangup_url',
  'hangup_method',
  'fallback_answer_url',
  'fallback_method',
]);

/** The numbers of an account, and the applications to which they belong. */
export class ExchangeNumbers {
  readonly applications: ExchangeApplication[] = [];
  /** The application of each number, without its plus; null: none. */
  readonly owned: Map<string, string | null>;

  constructor(private readonly options: ExchangeOptions) {
    this.owned = new Map(options.numbers.map((number) => [number.replace('+', ''), null]));
  }

  /** The addresses of a number; null: it has none. */
  applicationOf(number: string): ExchangeApplication | null {
    const id = this.owned.get(number.replace('+', ''));
    return this.applications.find((one) => one.app_id === id) ?? null;
  }

  listed(): object[] {
    return [...this.owned].map(([number, id]) => this.shown(number, id));
  }

  shown(number: string, id: string | null): object {
    const { authId, face } = this.options;
    const application = id === null ? null : `${face.root}/Account/${authId}/Application/${id}/`;
    return { number, application, voice_enabled: true, sms_enabled: false };
  }

  /** Returns what is wrong, or the application. */
  save(id: string | null, body: Readonly<Record<string, unknown>>): ExchangeApplication | string {
    for (const name of Object.keys(body)) if (!KNOWN.has(name)) return `${name} is unknown`;
    const text = (name: string): string | undefined =>
      typeof body[name] === 'string' ? body[name] : undefined;
    if (id !== null) {
      const known = this.applications.find(({ app_id }) => app_id === id);
      if (!known) return 'not found';
      known.answer_url = text('answer_url') ?? known.answer_url;
      known.hangup_url = text('hangup_url') ?? known.hangup_url;
      known.hangup_method = text('hangup_method') ?? known.hangup_method;
      return known;
    }
    const name = text('app_name') ?? '';
    if (!/^[A-Za-z0-9_-]{1,40}$/.test(name)) return 'app_name is no name';
    if (this.applications.some(({ app_name }) => app_name === name)) return 'app_name is taken';
    const made: ExchangeApplication = {
      app_id: String(randomInt(1e10, 9e10)),
      app_name: name,
      answer_url: text('answer_url') ?? '',
      hangup_url: text('hangup_url') ?? '',
      hangup_method: text('hangup_method') ?? 'POST',
    };
    this.applications.push(made);
    return made;
  }
}
