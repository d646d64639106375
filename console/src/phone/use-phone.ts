import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { Call } from '../api/types.js';
import { PhoneAudio } from './phone-audio.js';
import { PhoneLine, type LineEvent } from './phone-line.js';

/**
 * - `idle`: nothing is plugged in
 * - `calling`: the call was placed, and has not rung yet
 * - `ended`: and can be called again
 */
export type PhoneState = 'idle' | 'calling' | 'ringing' | 'talking' | 'ended';

export interface Phone {
  state: PhoneState;
  runId: number | null;
  /** The number under which this browser is called. */
  number: string | null;
  /** When it was answered, in milliseconds since 1970. */
  answeredAt: number | null;
  muted: boolean;
  /** What the carrier's voice says: a notice, an apology. */
  caption: string;
  error: unknown;
  levels: () => { spoken: number; heard: number };
  ring: (workflowId: number) => void;
  answer: () => void;
  hangUp: () => void;
  mute: (muted: boolean) => void;
  press: (digit: string) => void;
}

const NOTHING = { spoken: 0, heard: 0 };
/** A line that does not get ready. */
const READY_WITHIN_MS = 5_000;

/** The telephone of this page; it is unplugged when the page is left. */
export function usePhone(): Phone {
  const [state, setState] = useState<PhoneState>('idle');
  const [runId, setRunId] = useState<number | null>(null);
  const [number, setNumber] = useState<string | null>(null);
  const [answeredAt, setAnsweredAt] = useState<number | null>(null);
  const [muted, setMuted] = useState(false);
  const [caption, setCaption] = useState('');
  const [error, setError] = useState<unknown>(null);
  const parts = useRef<{ line: PhoneLine; audio: PhoneAudio } | null>(null);

  const unplug = (): void => {
    const { line, audio } = parts.current ?? {};
    parts.current = null;
    line?.close();
    void audio?.close();
    window.speechSynthesis?.cancel();
  };
  useEffect(() => unplug, []);

  const onEvent = (event: LineEvent): void => {
    switch (event.event) {
      case 'ready':
        setNumber(event.number);
        return;
      case 'ringing':
        setState('ringing');
        return;
      case 'answered':
        setState('talking');
        setAnsweredAt(Date.now());
        return;
      case 'spoken':
        setCaption(event.text);
        window.speechSynthesis?.speak(new SpeechSynthesisUtterance(event.text));
        return;
      case 'ended':
        setState('ended');
        unplug();
        return;
      default:
        event satisfies never;
    }
  };

  /** Resolves with its number. */
  const plugIn = async (): Promise<string> => {
    const audio = await PhoneAudio.open({
      onSpoken: (mulaw) => parts.current?.line.speak(mulaw),
    });
    return new Promise((resolve, reject) => {
      const failed = (): void =>
        reject(new Error('The simulated carrier gives no line. Try again.'));
      const late = setTimeout(failed, READY_WITHIN_MS);
      const line = new PhoneLine({
        onEvent: (event) => {
          if (event.event === 'ready') {
            clearTimeout(late);
            resolve(event.number);
          }
          onEvent(event);
        },
        onAudio: (mulaw) => audio.hear(mulaw),
        onClosed: () => {
          failed();
          if (parts.current?.line !== line) return;
          setState('ended');
          unplug();
        },
      });
      parts.current = { line, audio };
    });
  };

  const ring = async (workflowId: number): Promise<void> => {
    unplug();
    setError(null);
    setCaption('');
    setRunId(null);
    setAnsweredAt(null);
    setMuted(false);
    setState('calling');
    try {
      const to = await plugIn();
      const placed = await call<Call>('POST', 'api/v1/telephony/calls', {
        workflow_id: workflowId,
        to,
      });
      setRunId(placed.workflow_run_id);
    } catch (problem) {
      unplug();
      setError(problem);
      setState('idle');
    }
  };

  return {
    state,
    runId,
    number,
    answeredAt,
    muted,
    caption,
    error,
    levels: () => {
      const { audio } = parts.current ?? {};
      return audio ? { spoken: audio.spokenLevel, heard: audio.heardLevel } : NOTHING;
    },
    ring: (workflowId) => void ring(workflowId),
    answer: () => parts.current?.line.answer(),
    hangUp: () => parts.current?.line.hangUp(),
    mute: (on) => {
      if (parts.current) parts.current.audio.muted = on;
      setMuted(on);
    },
    press: (digit) => parts.current?.line.press(digit),
  };
}
