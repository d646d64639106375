import { describe, expect, it } from '@jest/globals';
import type { TransferInstruction } from '../answer-instruction.js';
import type { AriAnswer, AriConnection } from './ari-connection.js';
import { ChannelNames } from './channel-names.js';
import { ReferredCalls } from './referred-calls.js';

const INSTRUCTION: TransferInstruction = {
  kind: 'transfer',
  transfer: 3,
  to: '+14155552671',
  from: '+12025550100',
  timeoutSeconds: 30,
  announce: null,
  urls: { action: '', events: '', announce: '' },
};
const DONE: AriAnswer = { status: 204, body: null };
const EXISTS: AriAnswer = { status: 200, body: { value: '1' } };

/** Replies in this order; `deeds` has what was done, in order. */
function referring(referTo: string | null, ...replies: AriAnswer[]) {
  const deeds: string[] = [];
  const ari: Pick<AriConnection, 'ask'> = {
    ask: (method, uri, query) => {
      deeds.push([method, uri, ...Object.values(query ?? {})].join(' '));
      return Promise.resolve(replies.shift() ?? DONE);
    },
  };
  const media = { detach: async (id: string) => void deeds.push(`detach ${id}`) };
  const names = new ChannelNames('patchbay');
  const calls = new ReferredCalls(ari as AriConnection, names, { referTo }, media);
  return { calls, deeds };
}

describe('a transfer by REFER', () => {
  it('takes the agent away, and sends the caller into the dialplan with the address', async () => {
    const { calls, deeds } = referring('sip:{digits}@sip.example.com', EXISTS);
    expect(await calls.refer('call', INSTRUCTION)).toEqual({ kind: 'done' });
    expect(deeds).toEqual([
      'detach call',
      'GET channels/call/variable DIALPLAN_EXISTS(patchbay-refer,3,1)',
      'POST channels/call/variable PATCHBAY_REFER_TO sip:14155552671@sip.example.com',
      'POST channels/call/continue patchbay-refer 3 1',
    ]);
  });

  it('leaves the caller where they are without the context in the dialplan', async () => {
    const { calls, deeds } = referring('sip:{number}@x', { status: 200, body: { value: '0' } });
    expect(await calls.refer('call', INSTRUCTION)).toEqual({
      kind: 'failed',
      message: 'the dialplan has no context patchbay-refer',
    });
    expect(deeds).toHaveLength(2);
  });

  it('changes nothing by a repetition, and says what went wrong', async () => {
    const refer = (...replies: AriAnswer[]) =>
      referring('sip:{number}@x', ...replies).calls.refer('call', INSTRUCTION);
    expect(await refer(EXISTS, DONE, { status: 409, body: {} })).toEqual({ kind: 'done' });
    expect(await refer({ status: 404, body: { message: 'Channel not found' } })).toEqual({
      kind: 'failed',
      message: 'Channel not found',
    });
    expect((await refer(EXISTS, 'lost')).kind).toBe('lost');
    expect((await refer(EXISTS, DONE, 'nobody')).kind).toBe('lost');
  });

  it('is chosen where an address is set and nothing is to be announced', () => {
    const takes = (referTo: string | null, announce: TransferInstruction['announce']) =>
      referring(referTo).calls.takes({ ...INSTRUCTION, announce });
    expect(takes('sip:{number}@x', null)).toBe(true);
    expect(takes('sip:{number}@x', { sound: 'x' })).toBe(false);
    expect(takes(null, null)).toBe(false);
  });
});
