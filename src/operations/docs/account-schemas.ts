import { nullable, list, object, instant, type Json } from './describe.js';

const text = (description: string): Json => ({ type: 'string', description });
const flag = (description: string): Json => ({ type: 'boolean', description });
const any = (description: string): Json => ({
  type: 'object',
  description,
  additionalProperties: true,
});

const KEY: Json = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
  description: 'Names the account, in its URLs too; it never changes.',
};
const NAME: Json = { type: 'string', minLength: 1, maxLength: 200 };
const PACE: Json = {
  type: 'number',
  minimum: 0.1,
  maximum: 1_000,
  description: 'Dials per second; more are queued.',
};
const MOST: Json = {
  type: ['integer', 'null'],
  minimum: 1,
  maximum: 100_000,
  description: 'Calls in progress at a time; null: as many as the service takes.',
};

const entered = {
  name: NAME,
  settings: any('By the carrier’s `settings_schema`.'),
  secrets: any(
    'By the carrier’s `secrets_schema`; encrypted and never shown. In a change only those that are named are replaced, and null takes one away.',
  ),
  calls_per_second: PACE,
  max_concurrent_calls: MOST,
  enabled: flag('Whether it takes new calls. Live calls of one that does not go on.'),
};

export const ACCOUNT_SCHEMAS: Record<string, Json> = {
  Carriers: object({
    data: list(
      object({
        provider: text('Its name in calls, numbers and accounts.'),
        name: text('Its name for people.'),
        family: text('Carriers of one family speak the same protocol.'),
        capabilities: any('What its accounts can do.'),
        settings_schema: nullable(
          any('JSON Schema of an account’s `settings`; null: only the environment makes accounts.'),
        ),
        secrets_schema: nullable(any('JSON Schema of an account’s `secrets`.')),
        calls_per_second: nullable({
          type: 'number',
          description: 'The pace of an account for which nothing else is said.',
        }),
        tried: {
          enum: ['live', 'real peer', 'not tried live'],
          description:
            'How far it was tried: at the carrier, with the carrier’s own software, or against a simulation.',
        },
      }),
    ),
  }),
  CarrierAccount: object({
    key: KEY,
    provider: text('The carrier.'),
    name: text('For people.'),
    source: {
      enum: ['environment', 'store'],
      description: 'Accounts of the environment are changed there, with a restart.',
    },
    settings: any('Without secrets.'),
    secrets_set: list(text('The name of a secret that is set.')),
    calls_per_second: { type: 'number', description: 'Dials per second; more are queued.' },
    max_concurrent_calls: MOST,
    enabled: flag('Whether it takes new calls.'),
    state: {
      enum: ['ready', 'disabled', 'unusable'],
      description:
        '`unusable`: it takes no calls, and its webhooks are answered with 503; `problem` says why.',
    },
    problem: nullable(
      object({ reason: text('What is wrong.'), fix: text('What to do about it.') }),
    ),
    simulated: flag('Whether its calls never leave this machine.'),
    created_at: nullable(instant('Null for an account of the environment.')),
    updated_at: nullable(instant('Null for an account of the environment.')),
  }),
  CarrierAccounts: object({ data: list({ $ref: '#/components/schemas/CarrierAccount' }) }),
  CreateCarrierAccount: object(
    { key: KEY, provider: text('A carrier of `GET /api/v1/carriers`.'), ...entered },
    ['name', 'calls_per_second', 'max_concurrent_calls', 'enabled'],
  ),
  UpdateCarrierAccount: object(entered, Object.keys(entered)),
  AccountTest: object({
    works: flag('Whether nothing was found because of which calls fail.'),
    findings: list(
      object({
        name: text('What was asked about, such as `credentials` or `numbers`.'),
        result: {
          enum: ['works', 'limited', 'fails', 'unknown'],
          description: '`limited`: not all calls work; `unknown`: it could not be found out.',
        },
        seen: text('What was seen, in a sentence.'),
        fix: nullable(text('What to do about it; null: nothing.')),
      }),
    ),
  }),
  AccountNumbers: object({
    data: list(
      object({
        number: text('E.164, or a SIP address that is claimed.'),
        owned: nullable(
          flag('Whether the account owns it at the carrier; null: it does not tell.'),
        ),
        may_call: flag('Whether calls may be placed from it.'),
        workflow_id: nullable({
          type: 'integer',
          minimum: 1,
          description: 'The workflow that answers it; null: it is not claimed.',
        }),
      }),
    ),
  }),
};
