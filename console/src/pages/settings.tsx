import { useState } from 'preact/hooks';
import type { Setting, SettingsReport } from '../api/system-types.js';
import { withCode } from '../components/check-item.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { SystemPage } from '../components/system-nav.js';
import { useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { settingText } from '../words/settings.js';

export function SettingsPage() {
  return (
    <SystemPage heading={m.system.settings} refusal={m.system.onlyUser1MayRead}>
      <Settings />
    </SystemPage>
  );
}

function Settings() {
  const { data, error } = useLoad<SettingsReport>('api/v1/settings');
  const [onlySet, setOnlySet] = useState(false);
  const shown = data?.data.filter(({ set }) => set || !onlySet) ?? [];
  return (
    <>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data ? (
        <>
          <p class="intro">
            {rich(m.system.patchbayAtTheInstanceThese, {
              marks: { code: (text) => <code>{text}</code> },
              values: {
                version: <strong>{data.version}</strong>,
                instance: <strong>{data.instance}</strong>,
              },
            })}
          </p>
          <label class="tick">
            <input
              type="checkbox"
              checked={onlySet}
              onChange={(event) => setOnlySet(event.currentTarget.checked)}
            />
            {m.system.onlyThoseThatAreSet}
          </label>
          {shown.length === 0 ? <p class="empty">{m.system.noneIsSetTheDefaults}</p> : null}
          {bySection(shown).map(([section, settings]) => (
            <section key={section} aria-label={section}>
              <h2>{section}</h2>
              <dl class="cards settings">
                {settings.map((setting) => (
                  <SettingRow key={setting.name} setting={setting} />
                ))}
              </dl>
            </section>
          ))}
        </>
      ) : null}
    </>
  );
}

function SettingRow({ setting }: { setting: Setting }) {
  const { name, set, value, description } = setting;
  return (
    <div>
      <dt>
        <code>{name}</code>
        {set ? <span class="badge active">{m.system.set}</span> : null}
      </dt>
      <dd class={set ? '' : 'faint'}>
        {value === null ? settingText(setting) : <code>{value}</code>}
      </dd>
      <dd class="meaning">{withCode(description)}</dd>
    </div>
  );
}

/** In the order in which the service lists them. */
function bySection(settings: readonly Setting[]): Array<[string, Setting[]]> {
  const sections = new Map<string, Setting[]>();
  for (const setting of settings) {
    sections.set(setting.section, [...(sections.get(setting.section) ?? []), setting]);
  }
  return [...sections];
}
