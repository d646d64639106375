import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const IN_PROGRESS = ['queued', 'submission-unknown', 'initiated', 'ringing', 'answered'];
const LIMIT_MS = 2_000;

/**
 * Hangs up what is in progress, by the API with user 1's key: a stream that were only cut would be asked for anew,
 * and the call would go on with the next start. A service that does not answer is stopped all the same.
 */
export async function endCalls({ http: { port, host }, store: { dataDir }, access: { apiKey } }) {
  try {
    const key = apiKey ?? readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
    const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
    const calls = `http://${name.includes(':') ? `[${name}]` : name}:${port}/api/v1/telephony/calls`;
    const ask = async (url, method = 'GET') => {
      const response = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${key}` },
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      return response.json();
    };
    const lists = await Promise.all(
      IN_PROGRESS.map((status) => ask(`${calls}?status=${status}&limit=100`)),
    );
    const ids = lists.flatMap(({ data }) => data.map((call) => call.workflow_run_id));
    await Promise.all(ids.map((id) => ask(`${calls}/${id}/hangup`, 'POST')));
  } catch {
    // It may not have got as far as listening.
  }
}
