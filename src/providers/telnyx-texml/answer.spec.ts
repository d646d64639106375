import { describe, expect, it } from '@jest/globals';
import { renderTexml } from './answer.js';

const STREAM = {
  kind: 'stream',
  streamUrl: 'wss://calls.example.com/api/v1/telephony/ws/1/2/3/token-1',
  actionUrl: 'https://calls.example.com/answer?workflow_id=1&workflow_run_id=3',
  token: 'token-1',
  notice: null,
} as const;
const BODY =
  '<Connect><Stream url="wss://calls.example.com/api/v1/telephony/ws/1/2/3/token-1" bidirectionalMode="rtp" bidirectionalCodec="PCMU" codec="PCMU"/></Connect>' +
  '<Redirect method="POST">https://calls.example.com/answer?workflow_id=1&amp;workflow_run_id=3</Redirect></Response>';
const HEAD = '<Response>';

describe('what TeXML is told', () => {
  it('is a stream both ways, and to ask again once it is over', () => {
    const { body, contentType } = renderTexml(STREAM);
    expect(body).toBe(HEAD + BODY);
    expect(contentType).toContain('text/xml');
  });

  it('is to say what comes before the stream', () => {
    const { body } = renderTexml({ ...STREAM, notice: 'This call is <recorded> & kept.' });
    expect(body).toBe(`${HEAD}<Say>This call is &lt;recorded&gt; &amp; kept.</Say>${BODY}`);
  });

  it('is, for all else, what Twilio is told', () => {
    expect(renderTexml({ kind: 'reject', busy: true }).body).toContain('<Reject reason="busy"/>');
    expect(renderTexml({ kind: 'hangup' }).body).toContain('<Hangup/>');
  });
});
