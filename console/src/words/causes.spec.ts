import { describe, expect, it } from '@jest/globals';
import { callEvent } from '../test-kit/call-event.js';
import { causeOf } from './causes.js';

const agentFailed = callEvent({
  type: 'agent',
  source: 'media',
  detail: { agent: 'failed', reason: 'it did not answer in time' },
});
const ended = (cause: string) =>
  callEvent({ type: 'stream', source: 'media', detail: { stream: 'ended', cause } });

describe('the cause of a call’s end', () => {
  it('is the agent’s own, even if somebody hung up first', () => {
    const text = 'The agent’s reason: it did not answer in time.';
    expect(causeOf('agent_failed', [agentFailed, ended('agent-failed')])).toBe(text);
    expect(causeOf('caller_hangup', [agentFailed])).toBe(text);
  });

  it('is how the stream was lost, or the last of several streams', () => {
    const events = [ended('going-away'), ended('lost')];
    expect(causeOf('stream_lost', events)).toBe('The media stream: the connection was lost.');
    expect(causeOf('caller_hangup', events)).toBeNull();
  });

  it('is what the carrier said when it refused, but not what came too late', () => {
    const refused = callEvent({ status: 'failed', detail: { reason: 'No such number.' } });
    expect(causeOf('provider_rejected', [refused])).toBe('The reason given: No such number.');
    expect(causeOf('provider_rejected', [{ ...refused, outcome: 'late' }])).toBeNull();
  });

  it('is what the carrier said when it was asked', () => {
    const asked = callEvent({
      status: 'completed',
      source: 'reconcile',
      detail: { carrier: 'does not know this call' },
    });
    expect(causeOf('unknown', [asked])).toBe('The carrier: does not know this call.');
    expect(causeOf('caller_hangup', [asked])).toBeNull();
  });

  it('is null when nothing is known', () => {
    expect(causeOf('agent_failed', [])).toBeNull();
    expect(causeOf('failed', [callEvent({ status: 'failed' })])).toBeNull();
  });
});
