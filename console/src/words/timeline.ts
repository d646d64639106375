import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill, plural } from '../messages/fill.js';
import { answeredByText } from './answered-by.js';
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
  'status-callback': m.timeline.reportedByTheCarrier,
  feed: m.timeline.reportedByTheCarrier,
  answer: m.timeline.seenWhenTheCarrierAsked,
  media: m.timeline.seenOnTheMediaStream,
  api: m.timeline.byOurSide,
  reconcile: m.timeline.theCarrierWasAsked,
};

const STATUS_TITLES: Record<string, string> = {
  queued: m.timeline.queued,
  'submission-unknown': m.timeline.theCarriersReplyWasLost,
  initiated: m.timeline.theCarrierBeganToDial,
  ringing: m.timeline.ringing,
  answered: m.timeline.answered,
  completed: m.timeline.callOver,
  busy: m.timeline.busy,
  'no-answer': m.timeline.notAnswered,
  failed: m.timeline.failed,
  canceled: m.timeline.cancelled,
};

/** What an account answered when it was asked to dial, by `DialResult` of src/providers/calls-port.ts. */
const DIALS: Record<string, { text: string; tone: Tone }> = {
  accepted: { text: m.timeline.dialled, tone: 'active' },
  rejected: { text: m.timeline.theCarrierRefusedToDial, tone: 'bad' },
  throttled: { text: m.timeline.theCarrierTookNoMore, tone: 'waiting' },
  unreachable: { text: m.timeline.theCarrierCouldNotBe, tone: 'bad' },
  unknown: { text: m.timeline.replyWasLost, tone: 'waiting' },
  full: { text: m.timeline.anAccountWasPassedOver, tone: 'waiting' },
};

/** By `SessionEnd` of src/calls/streams/live-sessions.ts. */
const STREAM_ENDS: Record<string, { text: string; tone: Tone }> = {
  stop: { text: m.timeline.theCarrierEndedIt, tone: 'neutral' },
  lost: { text: m.timeline.theConnectionWasLost, tone: 'bad' },
  'going-away': { text: m.timeline.theServiceWasStoppingAnd, tone: 'neutral' },
  'taken-over': { text: m.timeline.aNewerStreamTookOver, tone: 'neutral' },
  'agent-ended': { text: m.timeline.theAgentHadFinished, tone: 'neutral' },
  'agent-failed': { text: m.timeline.theAgentFailed, tone: 'bad' },
  protocol: { text: m.timeline.theCarrierBrokeTheProtocol, tone: 'bad' },
  'hung-up': { text: m.timeline.weHungUp, tone: 'neutral' },
  transferred: { text: m.timeline.theCallWasTransferred, tone: 'neutral' },
  'call-ended': { text: m.timeline.theCallWasOver, tone: 'neutral' },
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
        title: fill(m.timeline.answeredBy, {
          who: answeredByText(text(event.detail['answered_by'])),
        }),
        notes: event.detail['detection_ms']
          ? [
              fill(m.timeline.foundIn, {
                time: millisText(Number(event.detail['detection_ms'])),
              }),
            ]
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
    return { title: m.timeline.dialledAgain, notes, tone: 'waiting' };
  }
  return { title: STATUS_TITLES[status] ?? status, notes, tone: statusWords(status).tone };
}

function ofDial(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const { account, result, code, reason } = detail;
  const words = DIALS[text(result)];
  const notes = [fill(m.timeline.account, { account: text(account) })];
  if (reason !== undefined) notes.push(text(reason));
  if (code !== null && code !== undefined) notes.push(fill(m.timeline.code, { code: text(code) }));
  return {
    title: words?.text ?? fill(m.timeline.dial, { result: text(result) }),
    notes,
    tone: words?.tone ?? 'neutral',
  };
}

function ofStream(event: CallEvent): Omit<Line, 'mark'> {
  const { detail } = event;
  const step = streamStep(event);
  if (step === 'started') {
    const gap = Number(detail['gap_ms'] ?? 0);
    const notes = gap > 0 ? [fill(m.timeline.afterWithoutOne, { time: millisText(gap) })] : [];
    return { title: m.timeline.mediaStreamStarted, notes, tone: 'active' };
  }
  if (step === 'moved') {
    return { title: m.timeline.mediaStreamAskedToMove, notes: [], tone: 'neutral' };
  }
  if (step === 'ended') {
    const end = STREAM_ENDS[text(detail['cause'])];
    const notes = [streamEndText(detail)];
    if (detail['duration_ms'] !== undefined) {
      notes.push(fill(m.timeline.after, { time: millisText(Number(detail['duration_ms'])) }));
    }
    if (typeof detail['code'] === 'number')
      notes.push(fill(m.timeline.closedWith, { code: detail['code'] }));
    return { title: m.timeline.mediaStreamEnded, notes, tone: end?.tone ?? 'neutral' };
  }
  const carrier = text(detail['carrier']);
  return {
    title: fill(m.timeline.carrier, { step: carrier.replaceAll('-', ' ') }),
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
  hung_up: { title: m.timeline.weHungUpBecauseA, tone: 'neutral' },
  message_begun: { title: m.timeline.aMessageForTheMachine, tone: 'active' },
  message_left: { title: m.timeline.theMessageWasLeft, tone: 'good' },
  message_impossible: { title: m.timeline.theMessageCouldNotBe, tone: 'bad' },
};

function ofMachineStep(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const step = text(detail['on_machine']);
  return { ...(MACHINE_STEPS[step] ?? { title: step, tone: 'neutral' }), notes: [] };
}

const DIGITS_OUTCOMES: Record<string, { text: string; tone: Tone }> = {
  sent: { text: m.timeline.sent, tone: 'neutral' },
  interrupted: { text: m.timeline.cutOff, tone: 'bad' },
  failed: { text: m.timeline.notSent, tone: 'bad' },
};

function ofDigits(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const outcome = text(detail['outcome']);
  const { text: words, tone } = DIGITS_OUTCOMES[outcome] ?? { text: outcome, tone: 'neutral' };
  const count = Number(detail['count']);
  return {
    title: plural(
      detail['by'] === 'api' ? m.timeline.pressedByUs : m.timeline.pressedByAgent,
      count,
    ),
    notes: [words],
    tone,
  };
}

/** What agents that come with Patchbay tell. */
const AGENT_NOTES: Record<string, string> = {
  session_renewed: m.timeline.theAgentLostItsSession,
  tool_rounds: m.timeline.theModelUsedItsTools,
  twilio_31931: m.timeline.theBotIsMoreThan,
  twilio_31950: m.timeline.theBotSentABinary,
  twilio_31951: m.timeline.theBotSentAMessage,
  unknown_event: m.timeline.theModelSentAnEvent,
};

/** By `PassOnRefusal` of src/telephony/media/pass-on-entry.ts, and `passOn` beside it. */
const PASS_ON_REFUSALS: Record<string, string> = {
  no_such_workflow: m.timeline.youHaveNoSuchWorkflow,
  agent_cannot_answer: m.timeline.itsAgentCannotAnswerSee,
  too_often: m.timeline.theCallWasPassedOn,
  over: m.timeline.theCallWasEndingOr,
};

function ofAgent(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const what = text(detail['agent']);
  if (what === 'failed') {
    const notes = detail['reason'] === undefined ? [] : [text(detail['reason'])];
    return { title: m.timeline.agentFailed, notes, tone: 'bad' };
  }
  if (what === 'passed_on') {
    return {
      title: fill(m.timeline.passedOnToWorkflow, { workflow: text(detail['to_workflow_id']) }),
      notes: [fill(m.timeline.agent, { agent: text(detail['to_agent']) })],
      tone: 'neutral',
    };
  }
  if (what === 'not_passed_on') {
    const reason = text(detail['reason']);
    return {
      title: fill(m.timeline.notPassedOnToWorkflow, {
        workflow: text(detail['to_workflow_id']),
      }),
      notes: [PASS_ON_REFUSALS[reason] ?? reason],
      tone: 'bad',
    };
  }
  const { reason, name, ...others } = detail;
  const told = [reason, name].filter((one) => one !== undefined).map(text);
  const notes = [...told, ...rest(others, ['agent', 'generation'])];
  return {
    title: AGENT_NOTES[what] ?? fill(m.timeline.otherNote, { what }),
    notes,
    tone: 'neutral',
  };
}

const INTERRUPTIONS: Record<string, string> = {
  paused: m.timeline.theCallerMayBeTalking,
  resumed: m.timeline.theAgentWentOn,
  given_up: m.timeline.theCallerTalkedOverThe,
};

/** By `ResumeReason` of src/audio/ear/interruption.ts. */
const RESUME_REASONS: Record<string, string> = {
  nothing: m.timeline.itWasNoSpeech,
  undecided: m.timeline.itWasNotClearIn,
  no_media: m.timeline.noAudioCameFromThe,
};

function ofInterruption(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const step = text(detail['step']);
  const notes: string[] = [];
  if (detail['reason'] !== undefined) {
    const reason = text(detail['reason']);
    notes.push(RESUME_REASONS[reason] ?? reason);
  }
  if (step !== 'resumed' && typeof detail['heard_ms'] === 'number') {
    notes.push(fill(m.timeline.afterOfWhatItSaid, { time: millisText(detail['heard_ms']) }));
  }
  return {
    title: INTERRUPTIONS[step] ?? fill(m.timeline.interruption, { step }),
    notes,
    tone: 'neutral',
  };
}

const TRANSFER_TITLES: Record<string, string> = {
  started: m.timeline.transferToAPerson,
  answered: m.timeline.thePersonAnswered,
  failed: m.timeline.thePersonWasNotReached,
  ended: m.timeline.theConversationWithThePerson,
};
const TRANSFER_FAILURES: Record<string, string> = {
  busy: m.common.busy,
  no_answer: m.timeline.nobodyAnswered,
  failed: m.timeline.theCallToThemFailed,
  unreachable: m.timeline.theCarrierCouldNotBeTold,
  call_ended: m.timeline.theCallEndedBefore,
};

function ofTransfer(detail: Record<string, unknown>): Omit<Line, 'mark'> {
  const step = text(detail['step']);
  const notes = [];
  if (typeof detail['target'] === 'string')
    notes.push(fill(m.timeline.toTarget, { target: detail['target'] }));
  if (detail['announced'] === true) notes.push('announced');
  const reason = text(detail['reason'] ?? '');
  if (reason !== '') notes.push(TRANSFER_FAILURES[reason] ?? reason);
  if (typeof detail['duration_seconds'] === 'number') {
    notes.push(fill(m.timeline.after, { time: millisText(detail['duration_seconds'] * 1000) }));
  }
  if (typeof detail['provider_call_id'] === 'string') notes.push(detail['provider_call_id']);
  const tone = step === 'failed' ? 'bad' : step === 'answered' ? 'active' : 'neutral';
  return { title: TRANSFER_TITLES[step] ?? fill(m.timeline.transfer, { step }), notes, tone };
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
