import { describe, expect, it } from '@jest/globals';
import {
  actionUrl,
  answerUrl,
  inboundAnswerUrl,
  numberStatusCallbackUrl,
  statusCallbackUrl,
  streamUrl,
} from './call-urls.js';

const origin = 'https://calls.example.com';
const behindPrefix = 'https://calls.example.com/pbx';
const ids = { workflowId: 123, userId: 456, runId: 789 };

describe('call URLs', () => {
  it('name the run in the answer URL and ask the carrier to retry', () => {
    expect(answerUrl(origin, ids)).toBe(
      'https://calls.example.com/api/v1/telephony/twiml?workflow_id=123&user_id=456&workflow_run_id=789#rc=3&rp=5xx,ct,rt',
    );
  });

  it('ask the answer URL again when the stream is over', () => {
    expect(actionUrl(origin, ids)).toBe(answerUrl(origin, ids));
  });

  it('name the run in the path of the status callback', () => {
    expect(statusCallbackUrl(origin, 789)).toBe(
      'https://calls.example.com/api/v1/telephony/status-callback/789#rc=3&rp=5xx,ct,rt',
    );
  });

  it('lead to the media stream over wss, with neither query nor fragment', () => {
    expect(streamUrl(origin, ids)).toBe('wss://calls.example.com/api/v1/telephony/ws/123/456/789');
  });

  it('carry no ids where they are configured for a number', () => {
    expect(inboundAnswerUrl(origin)).toBe(
      'https://calls.example.com/api/v1/telephony/twiml#rc=3&rp=5xx,ct,rt',
    );
    expect(numberStatusCallbackUrl(origin)).toBe(
      'https://calls.example.com/api/v1/telephony/status-callback#rc=3&rp=5xx,ct,rt',
    );
  });

  it('keep the path prefix of the origin', () => {
    expect(answerUrl(behindPrefix, ids)).toMatch(
      /^https:\/\/calls\.example\.com\/pbx\/api\/v1\/telephony\/twiml\?/,
    );
    expect(streamUrl(behindPrefix, ids)).toBe(
      'wss://calls.example.com/pbx/api/v1/telephony/ws/123/456/789',
    );
  });
});
