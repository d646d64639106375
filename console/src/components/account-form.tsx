import { useMemo, useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { Carrier, CarrierAccount } from '../api/types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { useRouter } from '../router.js';
import { FieldErrors } from '../words/field-errors.js';
import {
  fieldsOf,
  optionLabels,
  readOptions,
  valuesOf,
  type OptionField,
} from '../words/options-form.js';
import type { OptionValues } from '../words/option-values.js';
import { Field } from './field.js';
import { Form } from './form.js';
import { Notice } from './notice.js';
import { OptionFields } from './option-fields.js';

/** Labels by the API's names. */
const LABELS = {
  provider: m.accounts.carrier,
  key: m.accounts.key,
  name: m.common.name,
  calls_per_second: m.accounts.dialsASecond,
  max_concurrent_calls: m.accounts.callsAtATime,
};

type Part = 'settings' | 'secrets';

interface AccountFormProps {
  carriers: readonly Carrier[];
  /** Null: a new account. */
  account: CarrierAccount | null;
  onSaved: () => void;
}

/** Enters an account, by the schemas of its carrier. */
export function AccountForm({ carriers, account, onSaved }: AccountFormProps) {
  const { go } = useRouter();
  const open = carriers.filter(({ settings_schema: schema }) => schema !== null);
  const [provider, setProvider] = useState(account?.provider ?? open[0]?.provider ?? '');
  const carrier = carriers.find((one) => one.provider === provider);
  const fields = useMemo(
    () => ({
      settings: fieldsOf(carrier?.settings_schema ?? {}),
      secrets: fieldsOf(carrier?.secrets_schema ?? {}),
    }),
    [carrier],
  );
  const [key, setKey] = useState('');
  const [name, setName] = useState(account?.name ?? '');
  const [pace, setPace] = useState(account ? String(account.calls_per_second) : '');
  const [most, setMost] = useState(String(account?.max_concurrent_calls ?? ''));
  const [settings, setSettings] = useState<OptionValues>(() =>
    valuesOf(fields.settings, account?.settings ?? {}),
  );
  const [secrets, setSecrets] = useState<OptionValues>({});
  const [saved, setSaved] = useState(false);
  const { busy, error, run } = useAction();

  const choose = (chosen: string): void => {
    setProvider(chosen);
    const schema = carriers.find((one) => one.provider === chosen)?.settings_schema ?? {};
    setSettings(valuesOf(fieldsOf(schema), {}));
    setSecrets({});
  };
  const save = (): void =>
    run(async () => {
      setSaved(false);
      const entered = readPart('secrets', fields.secrets, secrets);
      const body = {
        settings: readPart('settings', fields.settings, settings),
        ...(account && Object.keys(entered).length === 0 ? {} : { secrets: entered }),
        ...(name.trim() === '' ? {} : { name }),
        ...(pace.trim() === '' ? {} : { calls_per_second: Number(pace) }),
        max_concurrent_calls: most.trim() === '' ? null : Number(most),
      };
      if (account === null) {
        const made = await call<CarrierAccount>('POST', 'api/v1/carrier-accounts', {
          key,
          provider,
          ...body,
        });
        go(`accounts/${made.key}`, { replace: true });
      } else {
        await call('PATCH', `api/v1/carrier-accounts/${account.key}`, body);
        setSecrets({});
        setSaved(true);
        onSaved();
      }
    });
  const labels = {
    ...LABELS,
    ...optionLabels(fields.settings, settings, 'settings'),
    ...optionLabels(fields.secrets, secrets, 'secrets'),
  };
  return (
    <Form
      error={error}
      labels={labels}
      onSubmit={save}
      end={
        <>
          {saved ? <Notice tone="good">{m.accounts.savedItHoldsForCalls}</Notice> : null}
          <div class="actions">
            <button type="submit" disabled={busy}>
              {account === null ? m.common.create : m.common.save}
            </button>
          </div>
        </>
      }
    >
      {account === null ? (
        <>
          <Field
            label={LABELS.provider}
            id="provider"
            name="provider"
            hint={TRIED[carrier?.tried ?? 'live']}
          >
            <select value={provider} onChange={(event) => choose(event.currentTarget.value)}>
              {open.map((one) => (
                <option key={one.provider} value={one.provider}>
                  {one.name}
                </option>
              ))}
            </select>
          </Field>
          <Field
            label={LABELS.key}
            id="key"
            name="key"
            hint={m.accounts.partOfTheAccountsAddresses}
          >
            <input
              required
              maxLength={40}
              autocomplete="off"
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          </Field>
        </>
      ) : null}
      <Field label={LABELS.name} id="name" name="name" hint={m.accounts.forPeopleLeftEmptyThe}>
        <input
          maxLength={200}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <fieldset>
        <legend>{fill(m.accounts.settingsOf, { name: carrier?.name ?? provider })}</legend>
        <OptionFields
          part="settings"
          fields={fields.settings}
          values={settings}
          saved={account !== null}
          onChange={(field, value) => setSettings((before) => ({ ...before, [field]: value }))}
        />
      </fieldset>
      <fieldset>
        <legend>{m.accounts.secretsWhichAreEncryptedAnd}</legend>
        <OptionFields
          part="secrets"
          fields={fields.secrets}
          values={secrets}
          saved={account !== null && account.state !== 'unusable'}
          onChange={(field, value) => setSecrets((before) => ({ ...before, [field]: value }))}
        />
      </fieldset>
      <fieldset>
        <legend>{m.accounts.limits}</legend>
        <Field
          label={LABELS.calls_per_second}
          id="pace"
          name="calls_per_second"
          hint={fill(m.accounts.moreWaitInTheQueue, {
            callsPerSecond: account?.calls_per_second ?? carrier?.calls_per_second ?? 1,
          })}
        >
          <input
            type="number"
            min={0.1}
            max={1000}
            step="any"
            value={pace}
            onInput={(event) => setPace(event.currentTarget.value)}
          />
        </Field>
        <Field
          label={LABELS.max_concurrent_calls}
          id="most"
          name="max_concurrent_calls"
          hint={m.accounts.leftEmptyAsManyAs}
        >
          <input
            type="number"
            min={1}
            max={100000}
            step={1}
            value={most}
            onInput={(event) => setMost(event.currentTarget.value)}
          />
        </Field>
      </fieldset>
    </Form>
  );
}

const TRIED: Record<Carrier['tried'], string> = {
  live: '',
  'real peer': m.accounts.triedWithTheCarriersOwn,
  'not tried live': m.accounts.triedAgainstASimulationOf,
};

function readPart(
  part: Part,
  fields: readonly OptionField[],
  values: OptionValues,
): Record<string, unknown> {
  const read = readOptions(fields, values);
  if (read.kind === 'options') return read.options;
  throw new FieldErrors([{ field: `${part}.${read.field}`, message: read.message }]);
}
