import { codeOf } from '../../shared/start-error.js';

const REFUSED = new Set([401, 403]);

/** Lists the models, which costs nothing. Null: the key is taken; else why not, and what to do. */
export async function askKey(
  base: string,
  key: string,
  signal: AbortSignal,
): Promise<{ problem: string; fix: string } | null> {
  let status: number;
  try {
    const reply = await fetch(`${base}/models`, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal,
    });
    status = reply.status;
    await reply.body?.cancel();
  } catch (error) {
    const code = codeOf(Object(error).cause) || 'no answer';
    const seen = signal.aborted ? 'it does not answer in time' : `it cannot be reached (${code})`;
    return { problem: seen, fix: 'Correct OPENAI_BASE_URL, or look at the network in between.' };
  }
  if (status < 300) return null;
  if (REFUSED.has(status)) {
    return {
      problem: `it refuses the key (HTTP ${status})`,
      fix: 'Put a valid key into OPENAI_API_KEY, and start the service anew.',
    };
  }
  return {
    problem: `it answers with HTTP ${status}`,
    fix:
      status === 429
        ? 'Look at the quota and the limits of the account.'
        : 'Correct OPENAI_BASE_URL, or look at the state of the service there.',
  };
}
