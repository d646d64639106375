import type { AlertLevel } from '../alerts.js';
import type { FormFields } from '../form-fields.js';
import { pause } from '../pause.js';
import { readReply } from '../twiml/read-reply.js';
import type { DialVerb, NumberNoun } from '../twiml/read-dial.js';
import { callFields } from './call-fields.js';
import { CallBridge } from './call-bridge.js';
import type { CarrierContext } from './carrier-context.js';
import type { SimulatedCall } from './simulated-call.js';

const E164 = /^\+[1-9]\d{6,14}$/;
/** Twilio's own limit of a call (Twilio docs, "Extended call duration"). */
const TIME_LIMIT_SECONDS = 14_400;
const TWILIO_MAX_URL = 4_000;

/**
 * Plays `<Dial><Number>`: calls the person, has them hear what `url` of the `<Number>` says, and connects
 * the two until one of them hangs up.
 *
 * @param leg aborts when the call that dials is over or redirected; the person's call then ends
 * @returns the fields that `action` is told besides those of every request
 */
export async function dialPerson(
  call: SimulatedCall,
  verb: DialVerb,
  leg: AbortSignal,
  carrier: CarrierContext,
): Promise<FormFields> {
  const alert = (code: number, level: AlertLevel, message: string): void =>
    carrier.alert({ code, level, message, callSid: call.sid });
  const { number } = verb;
  const from = verb.callerId ?? call.from;
  if (!number || !E164.test(number.to)) {
    alert(13_224, 'error', '<Dial> to a number that is not valid');
    return [['DialCallStatus', 'failed']];
  }
  if (![call.from, call.to].includes(from) && carrier.phoneNumberSid(from) === null) {
    alert(13_214, 'error', `callerId ${from} is not owned by or verified for this account`);
    return [['DialCallStatus', 'failed']];
  }
  if (number.statusCallback !== null && !isUsable(number.statusCallback)) {
    alert(21_609, 'warning', `statusCallback "${number.statusCallback}" of <Number> is no URL`);
  }
  const person = carrier.dial({
    direction: 'outbound-dial',
    parentSid: call.sid,
    from,
    to: number.to,
    phoneNumberSid: carrier.phoneNumberSid(from),
    answer: { kind: 'twiml', text: '<Response/>' },
    fallback: null,
    statusCallback:
      number.statusCallback !== null && isUsable(number.statusCallback)
        ? {
            url: number.statusCallback,
            method: number.statusCallbackMethod,
            events: number.events,
          }
        : null,
    timeoutSeconds: verb.timeoutSeconds,
    timeLimitSeconds: TIME_LIMIT_SECONDS,
    machineDetection: null,
    behaviour: carrier.behaviourFor(number.to),
  });
  const part = (): void => {
    if (person.answeredAt === null) person.end('canceled', 487);
    else person.end('completed', 200);
  };
  leg.addEventListener('abort', part);
  if (leg.aborted) part();
  const isBridged = (await person.answered) && (await announce(person, number, carrier));
  if (isBridged) {
    const bridge = new CallBridge(call, person, carrier.settings.recordAudio);
    bridge.open(carrier.clock);
    await person.ended;
    bridge.close();
  } else {
    await person.ended;
  }
  leg.removeEventListener('abort', part);
  return [
    ['DialCallStatus', person.status],
    ['DialCallSid', person.sid],
    ['DialBridged', String(isBridged)],
    ...(person.answeredAt === null
      ? []
      : [['DialCallDuration', String(person.durationSeconds)] as const]),
  ];
}

/**
 * Twilio docs, `<Number>`: at `url` is TwiML that the called party hears before the two are connected.
 * What cannot be played ends that party's call (assumption).
 * @returns whether the two may be connected
 */
async function announce(
  person: SimulatedCall,
  { url, method }: NumberNoun,
  carrier: CarrierContext,
): Promise<boolean> {
  if (url === null) return !person.over.aborted;
  const alert = (code: number, level: AlertLevel, message: string): void =>
    carrier.alert({ code, level, message, callSid: person.sid });
  const { accountSid } = carrier.settings;
  const fields = callFields(person, accountSid);
  const delivery = await carrier.send(person, { kind: 'whisper', url, method, fields });
  if (person.over.aborted) return false;
  const instructions =
    delivery.kind === 'failed'
      ? { kind: 'error' as const, code: delivery.code, message: delivery.message }
      : readReply(delivery.reply);
  if (instructions.kind === 'error') {
    alert(instructions.code, 'error', `whisper webhook: ${instructions.message}`);
    person.end('completed', 200);
    return false;
  }
  for (const { code, level, message } of instructions.problems) alert(code, level, message);
  for (const verb of instructions.verbs) {
    if (person.over.aborted) break;
    if (verb.kind === 'say') {
      person.spoken.push(verb.text);
      person.phone?.speak(verb.text);
      await pause(verb.text.length * carrier.settings.sayMsPerCharacter, person.over);
    } else if (verb.kind === 'pause') await pause(verb.seconds * 1000, person.over);
    else if (verb.kind === 'hangup') person.end('completed', 200);
    else alert(13_201, 'warning', `<${verb.kind}> is not allowed before two calls are connected`);
  }
  return !person.over.aborted;
}

function isUsable(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url) && url.length <= TWILIO_MAX_URL;
}
