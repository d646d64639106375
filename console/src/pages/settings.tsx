import { useState } from 'preact/hooks';
import type { Setting, SettingsReport } from '../api/system-types.js';
import { withCode } from '../components/check-item.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { SystemPage } from '../components/system-nav.js';
import { useLoad } from '../hooks.js';
import { settingText } from '../words/settings.js';

export function SettingsPage() {
  return (
    <SystemPage heading="Settings" refusal="Only user 1 may read the settings.">
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
            Patchbay <strong>{data.version}</strong>, at the instance{' '}
            <strong>{data.instance}</strong>. These are the settings with which it was started. They
            come from the environment or from <code>.env</code>, and change with a restart.
          </p>
          <label class="tick">
            <input
              type="checkbox"
              checked={onlySet}
              onChange={(event) => setOnlySet(event.currentTarget.checked)}
            />
            Only those that are set
          </label>
          {shown.length === 0 ? <p class="empty">None is set: the defaults apply.</p> : null}
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
        {set ? <span class="badge active">set</span> : null}
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
