import { pause } from '../pause.js';
import { callFields } from './call-fields.js';
import { SIP_CODES, type AnsweredBy } from './call-behaviour.js';
import type { CallPlan } from './call-plan.js';
import type { Phone } from '../phones/phone.js';
import type { CarrierContext } from './carrier-context.js';
import type { SimulatedCall } from './simulated-call.js';
import { callbackProblem } from './status-callbacks.js';
import { TwimlRunner } from './twiml-runner.js';

/** A call placed by REST: from its queue to its end. */
export async function liveOutbound(call: SimulatedCall, carrier: CarrierContext): Promise<void> {
  await carrier.callSlot(call.over);
  if (await isTaken(call)) await Promise.all([talk(call, carrier), detectMachine(call, carrier)]);
}

/**
 * The called side of a `<Dial>`: it rings, and ends with the call that dials it. Such calls are not
 * held back by the calls-per-second limit (Twilio support, "CPS").
 */
export async function liveDialled(call: SimulatedCall): Promise<void> {
  if (await isTaken(call)) await call.ended;
}

/** Whether the far end answers; false: the call is over. */
async function isTaken(call: SimulatedCall): Promise<boolean> {
  const { behaviour } = call.plan;
  const { outcome = 'answer', sipCode } = behaviour;
  await pause(behaviour.queuedMs ?? 10, call.over);
  call.move('initiated');
  await pause(behaviour.dialMs ?? 10, call.over);
  if (outcome === 'failed') call.end('failed', sipCode ?? SIP_CODES.failed);
  call.move('ringing');
  const taken = call.phone ? await ringPhone(call, call.phone) : await ringScripted(call);
  if (taken) call.move('in-progress');
  return taken;
}

/** False: the call is over, ended by this function or elsewhere. */
async function ringPhone(call: SimulatedCall, phone: Phone): Promise<boolean> {
  const ringing = pause(call.plan.timeoutSeconds * 1000, call.over).then(
    () => 'no-answer' as const,
  );
  const answer = await Promise.race([phone.ring(call), ringing]);
  if (call.over.aborted) return false;
  if (answer !== 'taken') call.end(answer, SIP_CODES[answer]);
  return answer === 'taken';
}

async function ringScripted(call: SimulatedCall): Promise<boolean> {
  const { behaviour, timeoutSeconds } = call.plan;
  const { outcome = 'answer', sipCode } = behaviour;
  const timeoutMs = timeoutSeconds * 1000;
  const wantedMs = behaviour.ringMs ?? (outcome === 'no-answer' ? timeoutMs : 100);
  await pause(Math.min(wantedMs, timeoutMs), call.over);
  if (call.over.aborted) return false;
  if (outcome === 'no-answer' || wantedMs > timeoutMs) {
    call.end('no-answer', sipCode ?? SIP_CODES['no-answer']);
  } else if (outcome === 'busy') {
    call.end('busy', sipCode ?? SIP_CODES.busy);
  } else if (outcome === 'reject') {
    call.end('failed', sipCode ?? SIP_CODES.reject);
  } else {
    return true;
  }
  return false;
}

/** A call to one of the account's numbers. */
export async function liveInbound(call: SimulatedCall, carrier: CarrierContext): Promise<void> {
  const { giveUpAfterMs } = call.plan.behaviour;
  const timer =
    giveUpAfterMs === undefined
      ? undefined
      : setTimeout(() => call.answeredAt === null && call.hangUp(), giveUpAfterMs);
  call.over.addEventListener('abort', () => clearTimeout(timer));
  await talk(call, carrier);
}

/** The conversation. It ends by instructions, by a hang-up or by the time limit. */
async function talk(call: SimulatedCall, carrier: CarrierContext): Promise<void> {
  const { machineDetection, behaviour } = call.plan;
  if (machineDetection !== null && !machineDetection.async) {
    await pause(behaviour.machineDetectionMs ?? 200, call.over);
    call.answeredBy = foundIn(call.plan);
  }
  if (!call.over.aborted) await new TwimlRunner(call, carrier).run();
}

/**
 * Each kind of detection has its own words for a machine (Twilio docs, answering machine detection):
 * `Enable` tells of its beginning alone, `DetectMessageEnd` of the end of its greeting alone.
 */
function foundIn({ machineDetection, behaviour }: CallPlan): AnsweredBy {
  const { answeredBy = 'human' } = behaviour;
  if (!answeredBy.startsWith('machine')) return answeredBy;
  if (!machineDetection?.atMessageEnd) return 'machine_start';
  return answeredBy === 'machine_start' ? 'machine_end_beep' : answeredBy;
}

/** Asynchronous machine detection reports while the conversation runs. */
async function detectMachine(call: SimulatedCall, carrier: CarrierContext): Promise<void> {
  const { machineDetection, behaviour } = call.plan;
  if (machineDetection?.async !== true) return;
  const durationMs = behaviour.machineDetectionMs ?? 200;
  await pause(durationMs, call.over);
  // Twilio does not document whether it reports on a call that ended before; the simulator does not.
  if (call.over.aborted) return;
  call.answeredBy = foundIn(call.plan);
  if (machineDetection.callback === null) return;
  const wanted = new Set(['CallSid', 'AccountSid', 'AnsweredBy']);
  const fields = callFields(call, carrier.settings.accountSid).filter(([name]) => wanted.has(name));
  const delivery = await carrier.send(call, {
    kind: 'amd',
    ...machineDetection.callback,
    fields: [...fields, ['MachineDetectionDuration', String(durationMs)]],
  });
  const problem = callbackProblem(delivery);
  if (problem !== null && !carrier.stopping.aborted) {
    carrier.alert({ ...problem, callSid: call.sid });
  }
}

/** Ends an answered call when the far end hangs up or the account's time limit is reached. */
export function limitTalk(call: SimulatedCall): void {
  const { hangUpAfterMs = Number.POSITIVE_INFINITY } = call.plan.behaviour;
  const afterMs = Math.min(hangUpAfterMs, call.plan.timeLimitSeconds * 1000, 0x7fff_ffff);
  const timer = setTimeout(() => call.end('completed', 200), afterMs);
  call.over.addEventListener('abort', () => clearTimeout(timer));
}
