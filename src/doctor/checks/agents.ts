import { down, skipped, up, warn, type Check } from '../check.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
/** This many failures, if they are half of the calls, are not an accident. */
const DOWN_MIN = 3;
const DOWN_SHARE = 0.5;
/** The rest is in the detail. */
const NAMED_MAX = 3;

/** Did agents fail in calls of the last day, which ones, and why? */
export const agentsCheck: Check = {
  name: 'agents',
  title: 'Agents in recent calls',
  group: 'Agents and events',
  async look({ agentFailures, clock, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const since = new Date(clock.now().getTime() - WINDOW_HOURS * HOUR_MS);
    const { answered, failures } = await agentFailures.since(since);
    const calls = [...answered.values()].reduce((sum, count) => sum + count, 0);
    if (calls === 0) return skipped(`No call was answered in the last ${WINDOW_HOURS} h.`);
    const failed = failures.reduce((sum, { count }) => sum + count, 0);
    if (failed === 0) return up(`No agent failed in ${calls} answered calls.`, { calls, failed });
    const named = failures
      .slice(0, NAMED_MAX)
      .map(
        ({ workflowId, agent, reason, count }) =>
          `${count} × workflow ${workflowId} (${agent}): ${reason}`,
      );
    const more = failures.length > NAMED_MAX ? `; and ${failures.length - NAMED_MAX} more` : '';
    const broken = failures.some(
      ({ workflowId }) =>
        failuresOf(workflowId) >= Math.max(DOWN_MIN, (answered.get(workflowId) ?? 0) * DOWN_SHARE),
    );
    function failuresOf(workflow: number): number {
      return failures
        .filter(({ workflowId }) => workflowId === workflow)
        .reduce((sum, { count }) => sum + count, 0);
    }
    return (broken ? down : warn)(
      `Of ${calls} answered calls of the last ${WINDOW_HOURS} h ${failed} ended because their agent failed: ${named.join('; ')}${more}.`,
      'Look at the timelines of these calls, and at `agent.failed` in the log; for a bot of your own, at its log for the same time.',
      {
        calls,
        failed,
        failures: failures.map(({ workflowId, agent, reason, count, lastRunId }) => ({
          workflow_id: workflowId,
          agent,
          reason,
          count,
          last_workflow_run_id: lastRunId,
        })),
      },
    );
  },
};
