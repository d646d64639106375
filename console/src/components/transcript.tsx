import { useEffect, useState } from 'preact/hooks';
import { urlOf } from '../api/http.js';
import type { List, TranscriptLine } from '../api/types.js';
import type { Playback } from '../audio/playback.js';
import { useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { plural } from '../messages/fill.js';
import { durationText } from '../words/time.js';
import { lineAt, linesWith } from '../words/transcript-lines.js';
import { Field } from './field.js';
import { ErrorNotice } from './notice.js';

const SPEAKERS = { caller: m.recording.caller, agent: m.recording.agent };

/** How often lines of a call in progress are looked for. */
const EVERY_MS = 2_000;

interface TranscriptProps {
  /** The path of the call, below the service's root. */
  call: string;
  ended: boolean;
  /** How many events the call has: a late one tells that more was said, or that it is complete. */
  events: number;
  playback: Playback;
}

/** What was said. Beside a recording it follows the player, and a line that is pressed is played. */
export function Transcript({ call, ended, events, playback }: TranscriptProps) {
  const path = `${call}/transcript`;
  const { data, error, reload } = useLoad<List<TranscriptLine>>(
    path,
    ended ? {} : { refetchInterval: EVERY_MS },
  );
  useEffect(reload, [events, ended]);
  const [search, setSearch] = useState('');
  const [now, setNow] = useState(-1);
  const [isPlayable, setPlayable] = useState(false);
  useEffect(() => playback.watchPlayer(setPlayable), [playback]);
  const lines = data?.data ?? [];
  useEffect(() => playback.follow((seconds) => setNow(lineAt(lines, seconds))), [data, playback]);
  const found = linesWith(lines, search);
  return (
    <section aria-labelledby="transcript">
      <h2 id="transcript">{m.recording.transcript}</h2>
      <ErrorNotice error={error} />
      <div class="transcript">
        <div class="controls">
          <Field label={m.recording.findInIt} id="transcript-search">
            <input
              type="search"
              autocomplete="off"
              maxLength={200}
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
          </Field>
          <span role="status" class="numbers">
            {search.trim() === ''
              ? ''
              : plural(m.recording.ofLines, lines.length, { found: found.length })}
          </span>
          <a href={`${urlOf(path)}?format=vtt`} download={`${call.split('/').at(-1)}.vtt`}>
            {m.recording.subtitles}
          </a>
          <a href={`${urlOf(path)}?format=txt`} download={`${call.split('/').at(-1)}.txt`}>
            {m.recording.text}
          </a>
        </div>
        <ol tabIndex={isPlayable ? undefined : 0}>
          {lines.map((line, at) => (
            <li
              key={at}
              class={`${line.speaker}${found.includes(at) ? ' found' : ''}`}
              aria-current={at === now ? 'time' : undefined}
            >
              {isPlayable ? (
                <button
                  type="button"
                  class="plain line"
                  onClick={() => playback.playFrom(line.at_ms / 1_000)}
                >
                  <Line line={line} />
                </button>
              ) : (
                <p class="line">
                  <Line line={line} />
                </p>
              )}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Line({ line: { at_ms: atMs, speaker, text, final } }: { line: TranscriptLine }) {
  return (
    <>
      <span class="numbers">{durationText(Math.floor(atMs / 1_000))}</span>{' '}
      <span class="speaker">{SPEAKERS[speaker]}</span>{' '}
      <span class="said">
        {text}
        {final ? '' : ' …'}
      </span>
    </>
  );
}
