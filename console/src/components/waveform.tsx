import { useEffect, useRef, useState } from 'preact/hooks';
import type WaveSurfer from 'wavesurfer.js';
import { urlOf } from '../api/http.js';
import type { Playback } from '../audio/playback.js';
import { readPeaks } from '../audio/read-peaks.js';
import type { Peaks } from '../audio/wav-peaks.js';
import { styleNonce } from '../base.js';
import { useQuery } from '../hooks.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/all.js';
import type { InterruptionMark } from '../words/interruption-marks.js';
import { durationText } from '../words/time.js';
import { colour } from './colours.js';
import { InterruptionMarks } from './interruption-marks.js';
import { ErrorNotice } from './notice.js';

const HEIGHT_PX = 64;
const JUMP_SECONDS = 5;
/** The quietest peak that is drawn at full height, so that silence is not drawn as noise. */
const QUIETEST = 0.05;

/**
 * The call's two sides, one above the other, to look at and to listen to.
 * @param path of the recording, below the service's root
 * @param playback what follows it
 */
interface WaveformProps {
  path: string;
  marks: InterruptionMark[];
  playback: Playback;
}

export function Waveform({ path, marks, playback }: WaveformProps) {
  const url = urlOf(path);
  const box = useRef<HTMLDivElement>(null);
  const player = useRef<WaveSurfer | null>(null);
  const [length, setLength] = useState<number | null>(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const peaks = useQuery<Peaks>({
    queryKey: [path, 'peaks'],
    queryFn: ({ signal }) => readPeaks(path, signal),
    // The recording of a call that is over does not change.
    staleTime: 'static',
  });
  const { data } = peaks;

  useEffect(() => {
    if (!data) return undefined;
    const { left, right, seconds } = data;
    let gone = false;
    const load = async (): Promise<void> => {
      const { default: WaveSurferPlayer } = await import('wavesurfer.js');
      if (gone || !box.current) return;
      const made = WaveSurferPlayer.create({
        container: box.current,
        url,
        // With the peaks given, the library reads only what is played.
        peaks: [left, right],
        duration: seconds,
        maxPeak: Math.max(...left, ...right, QUIETEST),
        height: HEIGHT_PX,
        cspNonce: styleNonce(),
        cursorColor: colour('--text'),
        dragToSeek: true,
        // Telephone audio is quiet. Both sides are drawn to one scale.
        normalize: true,
        splitChannels: [
          { waveColor: colour('--caller'), progressColor: colour('--caller-played') },
          { waveColor: colour('--agent'), progressColor: colour('--agent-played') },
        ],
      });
      player.current = made;
      made.on('ready', setLength);
      made.on('timeupdate', (now) => {
        setAt(now);
        playback.moved(now);
      });
      made.on('play', () => {
        setPlaying(true);
        setError(null);
      });
      made.on('pause', () => setPlaying(false));
      made.on('error', () => setError(new Error(m.recording.theRecordingCouldNotBe)));
    };
    load().catch((problem: unknown) => {
      if (!gone) setError(problem);
    });
    const detach = playback.attach((from) => {
      player.current?.setTime(from);
      void player.current?.play();
    });
    return () => {
      gone = true;
      detach();
      player.current?.destroy();
      player.current = null;
    };
  }, [data, playback]);

  const jump = (seconds: number): void => player.current?.skip(seconds);
  return (
    <div class="waveform" data-ready={length !== null}>
      <ErrorNotice error={peaks.error ?? error} />
      <p class="legend">
        <span class="caller">{m.recording.callerAbove}</span>{' '}
        <span class="agent">{m.recording.agentBelow}</span>
      </p>
      <div ref={box} class="wave" aria-hidden="true" />
      <InterruptionMarks marks={marks} seconds={length ?? 0} />
      <div class="controls">
        <button
          type="button"
          disabled={length === null}
          onClick={() => void player.current?.playPause()}
        >
          {playing ? m.recording.pause : m.recording.play}
        </button>
        <button type="button" class="plain" onClick={() => jump(-JUMP_SECONDS)}>
          {fill(m.recording.seconds, { seconds: `−${JUMP_SECONDS}` })}
        </button>
        <button type="button" class="plain" onClick={() => jump(JUMP_SECONDS)}>
          {fill(m.recording.seconds, { seconds: `+${JUMP_SECONDS}` })}
        </button>
        <input
          type="range"
          aria-label={m.recording.position}
          aria-valuetext={fill(m.recording.timeOf, {
            time: durationText(at),
            length: durationText(length ?? 0),
          })}
          min={0}
          max={length ?? 0}
          step={0.1}
          value={at}
          onInput={(event) => player.current?.setTime(Number(event.currentTarget.value))}
        />
        <span class="numbers">
          {durationText(at)} / {durationText(length ?? 0)}
        </span>
        <a href={url} download>
          {m.recording.download}
        </a>
      </div>
    </div>
  );
}
