import { useEffect, useRef, useState } from 'preact/hooks';
import type WaveSurfer from 'wavesurfer.js';
import { styleNonce } from '../base.js';
import { durationText } from '../words/time.js';
import { colour } from './colours.js';
import { ErrorNotice } from './notice.js';

const HEIGHT_PX = 64;
const JUMP_SECONDS = 5;

/** The call's two sides, one above the other, to look at and to listen to. */
export function Waveform({ url }: { url: string }) {
  const box = useRef<HTMLDivElement>(null);
  const player = useRef<WaveSurfer | null>(null);
  const [length, setLength] = useState<number | null>(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let gone = false;
    const load = async (): Promise<void> => {
      const { default: WaveSurferPlayer } = await import('wavesurfer.js');
      if (gone || !box.current) return;
      const made = WaveSurferPlayer.create({
        container: box.current,
        url,
        height: HEIGHT_PX,
        cspNonce: styleNonce(),
        cursorColor: colour('--text'),
        dragToSeek: true,
        // Telephones are quiet; both sides are drawn to one scale.
        normalize: true,
        splitChannels: [
          { waveColor: colour('--caller'), progressColor: colour('--caller-played') },
          { waveColor: colour('--agent'), progressColor: colour('--agent-played') },
        ],
      });
      player.current = made;
      made.on('ready', setLength);
      made.on('timeupdate', setAt);
      made.on('play', () => setPlaying(true));
      made.on('pause', () => setPlaying(false));
      made.on('error', () => setError(new Error('The recording could not be read.')));
    };
    load().catch(setError);
    return () => {
      gone = true;
      player.current?.destroy();
      player.current = null;
    };
  }, [url]);

  const jump = (seconds: number): void => player.current?.skip(seconds);
  return (
    <div class="waveform" data-ready={length !== null}>
      <ErrorNotice error={error} />
      <p class="legend">
        <span class="caller">caller, above</span> <span class="agent">agent, below</span>
      </p>
      <div ref={box} class="wave" aria-hidden="true" />
      <div class="controls">
        <button
          type="button"
          disabled={length === null}
          onClick={() => void player.current?.playPause()}
        >
          {playing ? 'Pause' : 'Play'}
        </button>
        <button type="button" class="plain" onClick={() => jump(-JUMP_SECONDS)}>
          −{JUMP_SECONDS} s
        </button>
        <button type="button" class="plain" onClick={() => jump(JUMP_SECONDS)}>
          +{JUMP_SECONDS} s
        </button>
        <input
          type="range"
          aria-label="Position"
          aria-valuetext={`${durationText(at)} of ${durationText(length ?? 0)}`}
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
          Download
        </a>
      </div>
    </div>
  );
}
