import { VoicemailAgent } from '../../agents/voicemail/voicemail.agent.js';
import type { Agent } from '../../agents/agent.js';
import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import { idsOf, type CallRun } from '../../calls/ledger/call-run.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { GreetingWatch } from './greeting-watch.js';
import type { SessionServices } from './session-services.js';

export interface AttendedParts {
  run: CallRun;
  account: CarrierAccount;
  services: SessionServices;
  greeting: GreetingWatch;
  onNote: (event: CallEventDraft) => void;
  /** The agent has the call no more: from now on no voice interrupts. */
  onTaken: () => void;
}

/** The call's agent, with what its workflow has for machines that answer. */
export function attended(agent: Agent, parts: AttendedParts): Agent {
  const { run, services, greeting, onNote, onTaken } = parts;
  const { onMachine, machineDetection } = run;
  if (onMachine === null || onMachine === 'ignore' || machineDetection === null) return agent;
  return new VoicemailAgent(agent, onMachine, {
    sound: (name) => services.sounds.load(name, run.userId),
    say: (sentence) => say(sentence, parts),
    silence: () => greeting.over(),
    onTaken,
    onStep: (step) =>
      onNote(callEvent({ type: 'machine', source: 'media', detail: { on_machine: step } })),
  });
}

/** The carrier says the sentence in place of the stream, and hangs up. Never rejects. */
async function say(sentence: string, { account, run, services }: AttendedParts): Promise<boolean> {
  const { says, redirects } = account.capabilities;
  if (!says || !redirects) return false;
  const instruction = { kind: 'say-and-hangup', sentence } as const;
  const result = await account.calls.redirect(idsOf(run), instruction);
  if (result.kind !== 'accepted') return result.kind === 'already-ended';
  try {
    await services.ledger.leaveToCarrier(run);
  } catch (error) {
    // The carrier says it all the same; only the reason of the call's end is another.
    services.log.warn('voicemail.not_written', { workflow_run_id: run.runId, error });
  }
  return true;
}
