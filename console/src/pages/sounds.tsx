import { useEffect, useState } from 'preact/hooks';
import { call, urlOf } from '../api/http.js';
import type { Sound } from '../api/types.js';
import { ConfirmDialog } from '../components/dialog.js';
import { Field, Tick } from '../components/field.js';
import { Form } from '../components/form.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice, Notice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { useAction, useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';
import { lengthText, soundNameOf } from '../words/sounds.js';
import { dayTime } from '../words/time.js';

const SOUNDS = 'api/v1/sounds';
const NAME = m.common.name;
const pathOf = (name: string): string => `${SOUNDS}/${encodeURIComponent(name)}`;

/** The user's own sounds: uploaded, heard, renamed, deleted. */
export function SoundsPage() {
  const { data, error, reload } = useList<Sound>(SOUNDS);
  const [done, setDone] = useState<string | null>(null);
  const onDone = (words: string): void => {
    setDone(words);
    reload();
  };
  return (
    <>
      <PageHeading
        actions={
          <Link to="workflows" class="button plain">
            {m.common.workflows}
          </Link>
        }
      >
        {m.sounds.sounds}
      </PageHeading>
      <p class="intro">{m.sounds.whatYourAgentsPlayBy}</p>
      <Upload onDone={onDone} />
      {done === null ? null : <Notice tone="good">{done}</Notice>}
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? <p class="empty">{m.sounds.youHaveNoSoundsYet}</p> : null}
      <ul class="cards" aria-label={m.sounds.sounds} hidden={!data?.data.length}>
        {data?.data.map((sound) => (
          <li key={sound.name}>
            <SoundCard sound={sound} onDone={onDone} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface Done {
  onDone: (words: string) => void;
}

function Upload({ onDone }: Done) {
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState('');
  const [replace, setReplace] = useState(false);
  const { busy, error, run } = useAction();
  const upload = (): void =>
    run(async () => {
      const query = new URLSearchParams({ name, replace: String(replace) });
      const sound = await call<Sound>('POST', `${SOUNDS}?${query.toString()}`, file ?? new Blob());
      onDone(
        fill(m.sounds.isUploaded, { name: sound.name, length: lengthText(sound.duration_ms) }),
      );
    });
  return (
    <Form
      error={error}
      labels={{ name: NAME }}
      onSubmit={upload}
      end={
        <div class="actions">
          <button type="submit" disabled={busy}>
            {m.sounds.upload}
          </button>
        </div>
      }
    >
      <Field label={m.sounds.file} id="sound-file" hint={m.sounds.wavAtMost10MiB}>
        <input
          type="file"
          required
          accept=".wav,audio/wav"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0] ?? null;
            setFile(chosen);
            if (chosen) setName(soundNameOf(chosen.name));
          }}
        />
      </Field>
      <Field label={NAME} id="sound-name" name="name" hint={m.sounds.suchAsWelcomeWav}>
        <input
          required
          maxLength={100}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <Tick
        label={m.sounds.replaceMySoundOfThis}
        id="sound-replace"
        checked={replace}
        onChange={setReplace}
      />
    </Form>
  );
}

function SoundCard({ sound, onDone }: Done & { sound: Sound }) {
  const { name } = sound;
  const [to, setTo] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useAction();
  const rename = (): void =>
    run(async () => {
      await call('PATCH', pathOf(name), { name: to });
      setTo(null);
      onDone(fill(m.sounds.isCalledNow, { name, to: to ?? '' }));
    });
  const remove = (): void =>
    run(async () => {
      try {
        await call('DELETE', pathOf(name));
      } finally {
        setAsking(false);
      }
      onDone(fill(m.sounds.isDeleted, { name }));
    });
  return (
    <>
      <h2>{name}</h2>
      <p>
        {rich(m.sounds.uploaded, {
          values: {
            length: lengthText(sound.duration_ms),
            updatedAt: <time dateTime={sound.updated_at}>{dayTime(sound.updated_at)}</time>,
          },
        })}
      </p>
      {to === null ? null : (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            rename();
          }}
        >
          <Field label={fill(m.sounds.newNameOf, { name })} id={`rename-${name}`}>
            <input
              required
              maxLength={100}
              autocomplete="off"
              value={to}
              onInput={(event) => setTo(event.currentTarget.value)}
            />
          </Field>
          <button type="submit" disabled={busy}>
            {m.sounds.rename}
          </button>
        </form>
      )}
      <ErrorNotice error={error} />
      <div class="actions">
        <Listen sound={sound} />
        <button type="button" class="plain" onClick={() => setTo(to === null ? name : null)}>
          {to === null
            ? fill(m.sounds.renameEllipsis, { name })
            : fill(m.sounds.keepTheName, { name })}
        </button>
        <button type="button" class="plain danger-text" onClick={() => setAsking(true)}>
          {fill(m.sounds.deleteEllipsis, { name })}
        </button>
      </div>
      {asking ? (
        <ConfirmDialog
          title={fill(m.sounds.deleteQuestion, { name })}
          confirm={m.sounds.deleteIt}
          busy={busy}
          onConfirm={remove}
          onCancel={() => setAsking(false)}
        >
          <p>{m.sounds.oneThatAWorkflowUses}</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** Plays a sound as calls do, or stops it. */
function Listen({ sound: { name, updated_at: version } }: { sound: Sound }) {
  const [audio, setAudio] = useState<HTMLAudioElement | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => () => audio?.pause(), [audio]);
  const play = (): void => {
    const next = new Audio(`${urlOf(pathOf(name))}/audio?${encodeURIComponent(version)}`);
    next.addEventListener('ended', () => setAudio(null));
    setFailed(false);
    setAudio(next);
    next.play().catch(() => {
      setAudio(null);
      setFailed(true);
    });
  };
  return (
    <button type="button" class="plain" onClick={audio ? () => setAudio(null) : play}>
      {audio
        ? fill(m.sounds.stop, { name })
        : fill(failed ? m.sounds.listenAgain : m.sounds.listenTo, { name })}
    </button>
  );
}
