import type { CallEvent } from '../api/types.js';
import { streamStep } from './stream-step.js';
import { statusWords, type Tone } from './statuses.js';
import { millisText } from './time.js';
import { transcriptStep } from './transcript-step.js';

/** One line of a call's timeline. */
export interface Line {
  title: string;
  /** Further facts, each a few words. */
  notes: string[];
  tone: Tone;
  /** `duplicate` and `late` events changed nothing; `again` repeats what another event had reported. */
  mark: 'duplicate' | 'late' | 'again' | null;
}

const SOURCES: Record<string, string> = {
  'status-callback': 'reported by the carrier',
  feed: 'reported by the carrier',
  answer: 'seen when the carrier asked what to do',
  media: 'seen on the media stream',
  api: 'by our side',
  reconcile: 'the carrier was asked',
};

const STATUS_TITLES: Record<string, string> = {
  queued: 'Queued',
  'submission-unknown': 'The carrier’s reply was lost; it may be ringing',
  initiated: 'The carrier began to dial',
  ringing: 'Ringing',
  answered: 'Answered',
  completed: 'Call over',
  busy: 'Busy',
  'no-answer': 'Not answered',
  failed: 'Failed',
  canceled: 'Cancelled',
};

/** What an account answered when it was asked to dial, by `DialResult` of src/providers/calls-port.ts. */
const DIALS: Record<string, { text: string; tone: Tone }> = {
  accepted: { text: 'Dialled', tone: 'active' },
  rejected: { text: 'The carrier refused to dial', tone: 'bad' },
  throttled: { text: 'The carrier took no more requests', tone: 'waiting' },
  unreachable: { text: 'The carrier could not be reached', tone: 'bad' },
  unknown: { text: 'The carrier’s reply was lost', tone: 'waiting' },
  full: { text: 'An account was passed over', tone: 'waiting' },
};

/** By `SessionEnd` of src/calls/streams/live-sessions.ts. */
const STREAM_ENDS: Record<string, { text: string; tone: Tone }> = {
  stop: { text: 'the carrier ended it', tone: 'neutral' },
  lost: { text: 'the connection was lost', tone: 'bad' },
  'going-away': { text: 'the service was stopping and handed the call over', tone: 'neutral' },
  'taken-over': { text: 'a newer stream took over', tone: 'neutral' },
  'agent-ended': { text: 'the agent had finished', tone: 'neutral' },
  'agent-failed': { text: 'the agent failed', tone: 'bad' },
  protocol: { text: 'the carrier broke the protocol', tone: 'bad' },
  'hung-up': { text: 'we hung up', tone: 'neutral' },
  transferred: { text: 'the call was transferred', tone: 'neutral' },
  'call-ended': { text: 'the call was over', tone: 'neutral' },
};

/** A timeline's lines, in its order. The carrier's callback, its request for instructions and its stream may report the same thing. */
export function describeEvents(events: readonly CallEvent[]): Line[] {
  const reached = new Set<string>();
  return events.map((event) => {
    const line = describeEvent(event);
    const { type, status, detail } = event;
    if (type !== 'status' || status === null || 'dial' in detail || line.mark) return line;
    if (reached.has(status)) return { ...line, mark: 'again' };
    reached.add(status);
    return line;
  });
}

export function describeEvent(event: CallEvent): Line {
  const line = describe(event);
  const mark = event.outcome === 'duplicate' || event.outcome === 'late' ? event.outcome : null;
  return { ...line, mark };
}

function describe(event: CallEvent): Omit<Line, 'mark'> {
  switch (event.type) {
    case 'status':
      return ofStatus(event);
    case 'dial':
      return ofDial(event.detail);
    case 'stream':
      return ofStream(event);
    case 'machine':
      if (event.detail['on_machine'] !== undefined) return ofMachineStep(event.detail);
      return {
        title: `Answered by ${text(event.detail['answered_by']).replaceAll('_', ' ')}`,
        notes: event.detail['detection_ms']
          ? [`found in ${millisText(Number(event.detail['detection_ms']))}`]
          : [],
        tone: 'neutral',
      };
    case 'agent':
      return ofAgent(event.detail);
    case 'digits':
      return ofDigits(event.detail);
    case 'interruption':
      return ofInterruption(event.detail);
    case 'transfer':
      return ofTransfer(event.detail);
    case 'transcript':
      return transcriptStep(event.detail);
    default:
      return { title: event.type, notes: rest(event.detail, []), tone: 'neutral' };
  }
}

function ofStatus(event: CallEvent): Omit<Line, 'mark'> {
  const status = event.status ?? '';
  const notes = [sourceText(event.source), ...rest(event.detail, ['reason', 'dial'])];
  if (event.detail['reason'] !== undefined) notes.push(text(event.detail['reason']));
  // Release 0.2 recorded a further try so.
  if (event.detail['dial'] === 'retried') {
    return { title: 'Dialled again', notes, tone: 'waiting' };
  }
  return { title: STATUS_TITLES[status] ?? status, notes, tone: statusWords(status).tone };
}

function ofDial(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const { account, result, code, reason } = detail;
  const words = DIALS[text(result)];
  const notes = [`account ${text(account)}`];
  if (reason !== undefined) notes.push(text(reason));
  if (code !== null && code !== undefined) notes.push(`code ${text(code)}`);
  return { title: words?.text ?? `Dial: ${text(result)}`, notes, tone: words?.tone ?? 'neutral' };
}

function ofStream(event: CallEvent): Omit<Line, 'mark'> {
  const { detail } = event;
  const step = streamStep(event);
  if (step === 'started') {
    const gap = Number(detail['gap_ms'] ?? 0);
    const notes = gap > 0 ? [`after ${millisText(gap)} without one`] : [];
    return { title: 'Media stream started', notes, tone: 'active' };
  }
  if (step === 'moved') {
    return { title: 'Media stream asked to move', notes: [], tone: 'neutral' };
  }
  if (step === 'ended') {
    const end = STREAM_ENDS[text(detail['cause'])];
    const notes = [streamEndText(detail)];
    if (detail['duration_ms'] !== undefined) {
      notes.push(`after ${millisText(Number(detail['duration_ms']))}`);
    }
    if (typeof detail['code'] === 'number') notes.push(`closed with ${detail['code']}`);
    return { title: 'Media stream ended', notes, tone: end?.tone ?? 'neutral' };
  }
  const carrier = text(detail['carrier']);
  return {
    title: `Carrier: ${carrier.replaceAll('-', ' ')}`,
    notes: detail['error'] === undefined ? [] : [text(detail['error'])],
    tone: detail['error'] === undefined ? 'neutral' : 'bad',
  };
}

/** Who reported an event, in a few words. */
export function sourceText(source: string): string {
  return SOURCES[source] ?? source;
}

/** Why a media stream ended, in a few words. */
export function streamEndText(detail: Record<string, unknown>): string {
  const cause = text(detail['cause']);
  return STREAM_ENDS[cause]?.text ?? cause;
}

/** By `MachineStep` of src/agents/voicemail/voicemail.agent.ts. */
const MACHINE_STEPS: Record<string, { title: string; tone: Tone }> = {
  hung_up: { title: 'We hung up, because a machine had answered', tone: 'neutral' },
  message_begun: { title: 'A message for the machine began', tone: 'active' },
  message_left: { title: 'The message was left', tone: 'good' },
  message_impossible: { title: 'The message could not be left', tone: 'bad' },
};

function ofMachineStep(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const step = text(detail['on_machine']);
  return { ...(MACHINE_STEPS[step] ?? { title: step, tone: 'neutral' }), notes: [] };
}

const DIGITS_OUTCOMES: Record<string, { text: string; tone: Tone }> = {
  sent: { text: 'sent', tone: 'neutral' },
  interrupted: { text: 'cut off', tone: 'bad' },
  failed: { text: 'not sent', tone: 'bad' },
};

function ofDigits(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const outcome = text(detail['outcome']);
  const { text: words, tone } = DIGITS_OUTCOMES[outcome] ?? { text: outcome, tone: 'neutral' };
  const count = Number(detail['count']);
  return {
    title: `${count} ${count === 1 ? 'key' : 'keys'} pressed by ${detail['by'] === 'api' ? 'our side' : 'the agent'}`,
    notes: [words],
    tone,
  };
}

/** What agents that come with Patchbay tell. */
const AGENT_NOTES: Record<string, string> = {
  session_renewed: 'The agent lost its session with the model and began a new one',
  tool_rounds: 'The model used its tools again and again, and was made to speak',
  twilio_31931: 'The bot is more than ten minutes ahead; the rest is dropped',
  twilio_31950: 'The bot sent a binary message, which has no effect',
  twilio_31951: 'The bot sent a message that Twilio would warn of',
  unknown_event: 'The model sent an event of an unknown name',
};

/** By `PassOnRefusal` of src/telephony/media/pass-on-entry.ts, and `passOn` beside it. */
const PASS_ON_REFUSALS: Record<string, string> = {
  no_such_workflow: 'you have no such workflow',
  agent_cannot_answer: 'its agent cannot answer: see its options',
  too_often: 'the call was passed on too often',
  over: 'the call was ending or being transferred',
};

function ofAgent(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const what = text(detail['agent']);
  if (what === 'failed') {
    const notes = detail['reason'] === undefined ? [] : [text(detail['reason'])];
    return { title: 'The agent failed', notes, tone: 'bad' };
  }
  if (what === 'passed_on') {
    return {
      title: `Passed on to workflow ${text(detail['to_workflow_id'])}`,
      notes: [`agent ${text(detail['to_agent'])}`],
      tone: 'neutral',
    };
  }
  if (what === 'not_passed_on') {
    const reason = text(detail['reason']);
    return {
      title: `Not passed on to workflow ${text(detail['to_workflow_id'])}`,
      notes: [PASS_ON_REFUSALS[reason] ?? reason],
      tone: 'bad',
    };
  }
  const { reason, name, ...others } = detail;
  const told = [reason, name].filter((one) => one !== undefined).map(text);
  const notes = [...told, ...rest(others, ['agent', 'generation'])];
  return { title: AGENT_NOTES[what] ?? `Agent: ${what}`, notes, tone: 'neutral' };
}

const INTERRUPTIONS: Record<string, string> = {
  paused: 'The caller may be talking: the agent paused',
  resumed: 'The agent went on',
  given_up: 'The caller talked over the agent, which stopped',
};

/** By `ResumeReason` of src/audio/ear/interruption.ts. */
const RESUME_REASONS: Record<string, string> = {
  nothing: 'it was no speech',
  undecided: 'it was not clear in time',
  no_media: 'no audio came from the caller',
};

function ofInterruption(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const step = text(detail['step']);
  const notes: string[] = [];
  if (detail['reason'] !== undefined) {
    const reason = text(detail['reason']);
    notes.push(RESUME_REASONS[reason] ?? reason);
  }
  if (step !== 'resumed' && typeof detail['heard_ms'] === 'number') {
    notes.push(`after ${millisText(detail['heard_ms'])} of what it said`);
  }
  return { title: INTERRUPTIONS[step] ?? `Interruption: ${step}`, notes, tone: 'neutral' };
}

const TRANSFER_TITLES: Record<string, string> = {
  started: 'Transfer to a person',
  answered: 'The person answered',
  failed: 'The person was not reached',
  ended: 'The conversation with the person is over',
};
const TRANSFER_FAILURES: Record<string, string> = {
  busy: 'busy',
  no_answer: 'nobody answered',
  failed: 'the call to them failed',
  unreachable: 'the carrier could not be told',
  call_ended: 'the call ended before',
};

function ofTransfer(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const step = text(detail['step']);
  const notes = [];
  if (typeof detail['target'] === 'string') notes.push(`to ${detail['target']}`);
  if (detail['announced'] === true) notes.push('announced');
  const reason = text(detail['reason'] ?? '');
  if (reason !== '') notes.push(TRANSFER_FAILURES[reason] ?? reason);
  if (typeof detail['duration_seconds'] === 'number') {
    notes.push(`after ${millisText(detail['duration_seconds'] * 1000)}`);
  }
  if (typeof detail['provider_call_id'] === 'string') notes.push(detail['provider_call_id']);
  const tone = step === 'failed' ? 'bad' : step === 'answered' ? 'active' : 'neutral';
  return { title: TRANSFER_TITLES[step] ?? `Transfer: ${step}`, notes, tone };
}

/** Facts that have no words yet are shown by their names. */
function rest(detail: Record<string, unknown>, known: string[]): string[] {
  return Object.entries(detail)
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${text(value)}`);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
