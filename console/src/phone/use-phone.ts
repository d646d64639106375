import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, call } from '../api/http.js';
import type { Call } from '../api/types.js';
import { useCallChanges } from '../hooks.js';
import { m } from '../messages/first.js';
import { PhoneAudio } from './phone-audio.js';
import { PhoneLine, type LineEvent } from './phone-line.js';
import { refusalText } from '../words/dialled.js';

/**
 * - `idle`: nothing is plugged in
 * - `calling`: the call was placed, and has not rung yet
 * - `dialling`: this phone calls a number, and nobody has answered yet
 * - `ended`: the call is over, and another can be placed
 */
export type PhoneState = 'idle' | 'calling' | 'dialling' | 'ringing' | 'talking' | 'ended';

export interface Phone {
  state: PhoneState;
  runId: number | null;
  /** The number at which this browser is called. */
  number: string | null;
  /** When it was answered, in milliseconds since 1970. */
  answeredAt: number | null;
  muted: boolean;
  /** What the carrier's voice says, such as a notice or an apology. */
  caption: string;
  /** Why the call that was dialled was not taken, as a sentence; empty: it was. */
  refusal: string;
  error: unknown;
  levels: () => { spoken: number; heard: number };
  ring: (workflowId: number) => void;
  /** Calls a number of this service, as anybody would. */
  dial: (to: string) => void;
  answer: () => void;
  hangUp: () => void;
  mute: (muted: boolean) => void;
  press: (digit: string) => void;
  /** From 0 to 1; holds for this call. */
  setVolume: (volume: number) => void;
}

export const PHONE_STATES: Record<PhoneState, string> = {
  idle: m.line.nobodyIsOnTheLine,
  calling: m.line.theCallIsBeingPlaced,
  dialling: m.line.itRingsAtTheOther,
  ringing: m.line.yourTelephoneRings,
  talking: m.line.youAreTalking,
  ended: m.line.theCallIsOver,
};

const NOTHING = { spoken: 0, heard: 0 };
/** How long a line may take to become ready. */
const READY_WITHIN_MS = 5_000;

/** The person hung up while the phone was being connected. */
class Left extends Error {}

/** The telephone of this browser. It is disconnected when the component that uses it is unmounted. */
export function usePhone(): Phone {
  const [state, setState] = useState<PhoneState>('idle');
  const [runId, setRunId] = useState<number | null>(null);
  const [number, setNumber] = useState<string | null>(null);
  const [answeredAt, setAnsweredAt] = useState<number | null>(null);
  const [muted, setMuted] = useState(false);
  const [caption, setCaption] = useState('');
  const [refusal, setRefusal] = useState('');
  const [error, setError] = useState<unknown>(null);
  /** The carrier's name of a call that this phone has dialled, by which its run is found. */
  const [dialled, setDialled] = useState<string | null>(null);
  const parts = useRef<{ line: PhoneLine; audio: PhoneAudio } | null>(null);
  /** A new number for each call, so that the result of an earlier wait is recognised as outdated. */
  const attempt = useRef(0);

  const unplug = (): void => {
    attempt.current += 1;
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
      case 'dialled':
        setDialled(event.call_sid);
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
        setRefusal(refusalText(event.refused));
        unplug();
        return;
      default:
        event satisfies never;
    }
  };

  // The line reports nothing about a call that ends before it rings.
  useCallChanges((change) => {
    if (dialled !== null && change.provider_call_id === dialled) setRunId(change.workflow_run_id);
    if (state !== 'calling' || change.workflow_run_id !== runId || !change.ended_at) return;
    unplug();
    setState('ended');
  });

  /** Resolves with the phone's number. */
  const plugIn = async (mine: number): Promise<string> => {
    const audio = await PhoneAudio.open({
      onSpoken: (mulaw) => parts.current?.line.speak(mulaw),
    });
    if (attempt.current !== mine) {
      void audio.close();
      throw new Left();
    }
    return new Promise((resolve, reject) => {
      const failed = (): void => reject(new Error(m.line.thereIsNoLineFive));
      const late = setTimeout(failed, READY_WITHIN_MS);
      let ready = false;
      const line = new PhoneLine({
        onEvent: (event) => {
          if (event.event === 'ready') {
            clearTimeout(late);
            ready = true;
            resolve(event.number);
          }
          onEvent(event);
        },
        onAudio: (mulaw) => audio.hear(mulaw),
        onClosed: () => {
          if (!ready) return failed();
          if (parts.current?.line !== line) return;
          setState('ended');
          unplug();
        },
      });
      parts.current = { line, audio };
    });
  };

  /** Forgets the call before, and returns the number of this attempt. */
  const begin = (first: PhoneState): number => {
    unplug();
    setError(null);
    setCaption('');
    setRefusal('');
    setDialled(null);
    setRunId(null);
    setAnsweredAt(null);
    setMuted(false);
    setState(first);
    return attempt.current;
  };

  const dial = async (to: string): Promise<void> => {
    const mine = begin('dialling');
    try {
      await plugIn(mine);
      if (attempt.current === mine) parts.current?.line.dial(to);
    } catch (problem) {
      if (attempt.current !== mine) return;
      unplug();
      setError(problem);
      setState('idle');
    }
  };

  const ring = async (workflowId: number): Promise<void> => {
    const mine = begin('calling');
    try {
      const to = await plugIn(mine);
      const placed = await call<Call>('POST', 'api/v1/telephony/calls', {
        workflow_id: workflowId,
        to,
      });
      // Nobody waits for this call any more, and a simulated party would answer at a number that was given back.
      if (attempt.current !== mine) await endCall(placed.workflow_run_id);
      else setRunId(placed.workflow_run_id);
    } catch (problem) {
      if (attempt.current !== mine) return;
      unplug();
      setError(problem);
      setRunId(runOf(problem));
      setState('idle');
    }
  };

  const hangUp = (): void => {
    if (state !== 'calling' && (state !== 'dialling' || dialled !== null)) {
      parts.current?.line.hangUp();
      return;
    }
    unplug();
    setState('ended');
    if (runId !== null) endCall(runId).catch(setError);
  };

  return {
    state,
    runId,
    number,
    answeredAt,
    muted,
    caption,
    refusal,
    error,
    levels: () => {
      const { audio } = parts.current ?? {};
      return audio ? { spoken: audio.spokenLevel, heard: audio.heardLevel } : NOTHING;
    },
    ring: (workflowId) => void ring(workflowId),
    dial: (to) => void dial(to),
    answer: () => parts.current?.line.answer(),
    hangUp,
    mute: (on) => {
      if (parts.current) parts.current.audio.muted = on;
      setMuted(on);
    },
    press: (digit) => parts.current?.line.press(digit),
    setVolume: (volume) => {
      if (parts.current) parts.current.audio.volume = volume;
    },
  };
}

async function endCall(runId: number): Promise<void> {
  await call('POST', `api/v1/telephony/calls/${runId}/hangup`, {});
}

/** The id of a call that the carrier refused, which is in the history nevertheless. */
function runOf(problem: unknown): number | null {
  const id = problem instanceof ApiProblem ? problem.members['workflow_run_id'] : null;
  return typeof id === 'number' ? id : null;
}
