import { describe, expect, it } from '@jest/globals';
import { PLIVO_FACE, VOBIZ_FACE } from '../../tools/carrier/plivo/faces.js';
import { readReply } from '../../tools/carrier/plivo/reply.js';
import type { AnswerInstruction } from '../../src/providers/answer-instruction.js';
import { VOBIZ } from '../../src/providers/vobiz/vobiz.dialect.js';
import { packed, renderAnswer, unpacked } from '../../src/providers/plivo/answer.js';
import { PLIVO } from '../../src/providers/plivo/dialect.js';

const TYPE = 'application/xml; charset=utf-8';
const ACTION = 'https://gw.example.com/answer?workflow_id=1&workflow_run_id=2';
const STREAM: AnswerInstruction = {
  kind: 'stream',
  streamUrl: 'wss://gw.example.com/ws/1/2/3',
  actionUrl: ACTION,
  token: 'abc_DEF-123',
  notice: 'This call is recorded.',
};

/** As the simulators read it, which are strict. */
const read = (instruction: AnswerInstruction) =>
  readReply(TYPE, renderAnswer(instruction, PLIVO, 'mulaw'), PLIVO_FACE);

describe('an instruction to Plivo', () => {
  it('to stream says first what is to be said, and asks again when it is over', () => {
    expect(read(STREAM)).toEqual([
      { verb: 'Speak', text: 'This call is recorded.' },
      {
        verb: 'Stream',
        url: 'wss://gw.example.com/ws/1/2/3',
        contentType: 'audio/x-mulaw;rate=8000',
        extraHeaders: `token=${packed('abc_DEF-123')}`,
      },
      { verb: 'Redirect', url: PLIVO.addressed(ACTION) },
    ]);
    expect(unpacked(packed('abc_DEF-123'))).toBe('abc_DEF-123');
  });

  it('to stream samples names their rate', () => {
    expect(renderAnswer(STREAM, PLIVO, 'l16-8k')).toContain('"audio/x-l16;rate=8000"');
    expect(renderAnswer(STREAM, PLIVO, 'l16-16k')).toContain('"audio/x-l16;rate=16000"');
  });

  it('to refuse a call says why', () => {
    expect(read({ kind: 'reject', busy: true })).toEqual([{ verb: 'Hangup', reason: 'busy' }]);
    expect(read({ kind: 'reject', busy: false })).toEqual([{ verb: 'Hangup', reason: 'rejected' }]);
    expect(read({ kind: 'hangup' })).toEqual([{ verb: 'Hangup', reason: null }]);
    expect(read({ kind: 'say-and-hangup', sentence: 'a & <b>' })).toEqual([
      { verb: 'Speak', text: 'a & <b>' },
      { verb: 'Hangup', reason: null },
    ]);
  });

  it('to call a person has the numbers in the carrier’s form', () => {
    const transfer: AnswerInstruction = {
      kind: 'transfer',
      transfer: 1,
      to: '+14155552671',
      from: '+12025550100',
      timeoutSeconds: 20,
      announce: null,
      urls: { action: ACTION, events: 'https://gw.example.com/events/2', announce: ACTION },
    };
    expect(read(transfer)).toMatchObject([
      { verb: 'Dial', to: '14155552671', from: '12025550100', timeout: 20 },
    ]);
    const vobiz = readReply(TYPE, renderAnswer(transfer, VOBIZ, 'mulaw'), VOBIZ_FACE);
    expect(vobiz).toMatchObject([{ to: '+14155552671', from: '+12025550100', action: ACTION }]);
  });

  it('to Vobiz has no token but the one in the path', () => {
    const [stream] = readReply(
      TYPE,
      renderAnswer({ ...STREAM, notice: null }, VOBIZ, 'mulaw'),
      VOBIZ_FACE,
    );
    expect(stream).toMatchObject({ verb: 'Stream', extraHeaders: '' });
  });
});
