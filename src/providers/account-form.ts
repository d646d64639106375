import { Ajv, type ValidateFunction } from 'ajv';
import { apiBaseUrl } from '../config/url-kinds.js';
import { optionFaults } from '../shared/schema-faults.js';
import type { CarrierAccount } from './carrier-account.js';

/** A JSON Schema of an object whose members are described one by one. */
export type FormSchema = Readonly<Record<string, unknown>> & {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly additionalProperties: false;
};

/** What somebody enters for an account. */
export interface FormValues {
  settings: Readonly<Record<string, unknown>>;
  /** Passwords, tokens and keys; never shown and never logged. */
  secrets: Readonly<Record<string, string>>;
}

/** What an account is made of. */
export interface AccountValues extends FormValues {
  callsPerSecond: number;
}

export interface AccountParts extends AccountValues {
  key: string;
}

/** One thing that is wrong; `field` is as in the API: `settings.account_sid`. */
export interface FormFault {
  field: string;
  message: string;
}

const CONTENT_MAX = 4_000;

/**
 * What an account of a carrier is made of where it is not configured by the environment: the fields that
 * somebody enters, which of them are secret, and the account that they make.
 */
export abstract class AccountForm {
  /** What is shown. Every member has a description for the person who fills in the form. */
  abstract readonly settingsSchema: FormSchema;

  /** What is encrypted and never shown; texts only. */
  abstract readonly secretsSchema: FormSchema;

  /** The dials a second of an account for which nothing else is said. */
  abstract readonly callsPerSecond: number;

  private validators: { settings: ValidateFunction; secrets: ValidateFunction } | null = null;

  /** Makes the account, without any request. Called with values in which {@link faultsIn} finds nothing. */
  abstract make(parts: AccountParts): CarrierAccount;

  /** What the schemas cannot say: values that are right alone and not together. Pure. */
  protected conflicts(_values: FormValues): FormFault[] {
    return [];
  }

  /** What is wrong with the values; empty when nothing is. No message holds a value. */
  faultsIn(values: FormValues): FormFault[] {
    this.validators ??= this.compile();
    const faults = (['settings', 'secrets'] as const).flatMap((part) => {
      const validate = this.validators?.[part];
      if (!validate || validate(values[part])) return [];
      return optionFaults(validate.errors ?? []).map(({ option, message }) => ({
        field: option === '' ? part : `${part}.${option}`,
        message,
      }));
    });
    return faults.length > 0 ? faults : this.conflicts(values);
  }

  private compile() {
    const ajv = new Ajv({ allErrors: true, strict: true });
    return {
      settings: ajv.compile(this.settingsSchema),
      secrets: ajv.compile(this.secretsSchema),
    };
  }
}

/**
 * The form of a carrier whose kind builds the account. Unless it says otherwise, an account dials once a second, and its
 * `api_base_url` is looked at.
 */
export abstract class FormOf<Account> extends AccountForm {
  readonly callsPerSecond: number = 1;

  constructor(private readonly build: (account: Account, key: string) => CarrierAccount) {
    super();
  }

  make({ key, ...values }: AccountParts): CarrierAccount {
    return this.build(this.accountOf(values), key);
  }

  /** The account of values in which nothing is wrong. */
  protected abstract accountOf(values: AccountValues): Account;

  protected override conflicts(values: FormValues): FormFault[] {
    return baseFaults(values);
  }
}

/** The schema of an object that has no other members. */
export function schemaOf(
  properties: FormSchema['properties'],
  required: readonly string[],
): FormSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** Another base for a carrier's API, the setting `api_base_url`; {@link baseOf} reads it. */
export function baseField(description: string): Record<string, unknown> {
  return { type: 'string', maxLength: 500, description };
}

/** A secret: printable ASCII without spaces, so that it survives an HTTP header. */
export function secretField(description: string, minLength = 1): Record<string, unknown> {
  return {
    type: 'string',
    pattern: '^[\\x21-\\x7e]+$',
    minLength,
    maxLength: CONTENT_MAX,
    writeOnly: true,
    description,
  };
}

/** Our numbers in an account. */
export function numbersField(description: string): Record<string, unknown> {
  return {
    type: 'array',
    items: { type: 'string', pattern: '^\\+[1-9]\\d{6,14}$' },
    minItems: 1,
    maxItems: 1_000,
    uniqueItems: true,
    description,
  };
}

/** What is wrong with the setting `api_base_url`, see {@link baseField}. */
export function baseFaults(values: FormValues): FormFault[] {
  const base = textOf(values, 'api_base_url');
  if (base === null || apiBaseUrl.parse(base).ok) return [];
  return [{ field: 'settings.api_base_url', message: `must be ${apiBaseUrl.expected}` }];
}

/** That base, which {@link baseFaults} lets through; null where none is given. */
export function baseOf(values: FormValues): string | null {
  const parsed = apiBaseUrl.parse(textOf(values, 'api_base_url') ?? '');
  return parsed.ok ? parsed.value : null;
}

/** The text of a setting; null where there is none. */
export function textOf({ settings }: FormValues, name: string): string | null {
  const value = settings[name];
  return typeof value === 'string' ? value : null;
}

/** The texts of a setting that is a list. */
export function textsOf({ settings }: FormValues, name: string): string[] {
  const value = settings[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
