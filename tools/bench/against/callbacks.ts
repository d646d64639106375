import { encodeForm, type FormFields } from '../../carrier/form-fields.js';
import { signWebhook, withoutFragment } from '../../carrier/signing/signature.js';
import { send, type LoadResult, type SignedPost } from '../load.js';
import { ask } from '../media/ask.js';
import { callbackFields, callFields, inboundLeg, type Leg } from '../media/leg.js';
import type { PatchbayAccount } from '../media/plan.js';
import { inTurns } from './in-turns.js';

const STATUSES = ['ringing', 'in-progress', 'completed'] as const;
const CALLS = 600;
/** Of these calls; thrown away, so that nothing is measured while its code is still being compiled. */
const WARM_UP_CALLS = 100;
const ANSWERS_AT_A_TIME = 16;
const CALLBACKS_AT_A_TIME = 64;

/**
 * Status callbacks of calls that were asked about before, as fast as replies come. What is said by
 * HTTP is said to any version of the service, whatever its store looks like.
 */
export async function loadCallbacks(
  port: number,
  account: PatchbayAccount,
  measure: (work: () => Promise<LoadResult>) => Promise<LoadResult>,
): Promise<LoadResult> {
  const legs = Array.from({ length: CALLS }, () => inboundLeg(account, 0));
  await inTurns(legs, ANSWERS_AT_A_TIME, async (leg) => {
    const answer = await ask(port, account, leg.answerUrl, callFields(account, leg, 'ringing'));
    if (answer === null) throw new Error('an answer webhook of the bench was not answered');
  });
  const posts = legs.flatMap((leg) => postsOf(account, leg));
  const warmUp = WARM_UP_CALLS * STATUSES.length;
  await send(port, posts.slice(0, warmUp), CALLBACKS_AT_A_TIME);
  return measure(() => send(port, posts.slice(warmUp), CALLBACKS_AT_A_TIME));
}

function postsOf(account: PatchbayAccount, leg: Leg): SignedPost[] {
  const url = leg.eventsUrl;
  return STATUSES.map((status, sequence) => {
    const fields: FormFields = callbackFields(account, leg, status, sequence);
    return {
      path: withoutFragment(url).slice(account.origin.length),
      host: new URL(account.origin).host,
      signature: signWebhook(url, fields, account.authToken),
      body: encodeForm(fields),
    };
  });
}
