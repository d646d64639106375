import { describe, expect, it } from '@jest/globals';
import { actionUrl, answerUrl, eventsUrl, streamUrl } from './call-urls.js';

const first = { origin: 'https://calls.example.com', key: null };
const other = { origin: 'https://calls.example.com', key: 'telnyx-eu' };
const behindPrefix = { origin: 'https://calls.example.com/pbx', key: null };
const ids = { workflowId: 123, userId: 456, runId: 789 };

describe('call URLs', () => {
  it('name the run in the answer URL', () => {
    expect(answerUrl(first, ids)).toBe(
      'https://calls.example.com/api/v1/telephony/twiml?workflow_id=123&user_id=456&workflow_run_id=789',
    );
    expect(answerUrl(other, ids)).toBe(
      'https://calls.example.com/api/v1/telephony/accounts/telnyx-eu/answer?workflow_id=123&user_id=456&workflow_run_id=789',
    );
  });

  it('ask the answer URL again when the stream is over', () => {
    for (const addressee of [first, other]) {
      expect(actionUrl(addressee, ids)).toBe(answerUrl(addressee, ids));
    }
  });

  it('name the run in the path of its events', () => {
    expect(eventsUrl(first, 789)).toBe(
      'https://calls.example.com/api/v1/telephony/status-callback/789',
    );
    expect(eventsUrl(other, 789)).toBe(
      'https://calls.example.com/api/v1/telephony/accounts/telnyx-eu/events/789',
    );
  });

  it('lead to the media stream over wss, with neither query nor fragment', () => {
    const url = 'wss://calls.example.com/api/v1/telephony/ws/123/456/789';
    expect(streamUrl(first.origin, ids)).toBe(url);
    expect(streamUrl(first.origin, ids, 'a-token')).toBe(`${url}/a-token`);
  });

  it('carry no ids where they are configured for a number', () => {
    expect(answerUrl(first, null)).toBe('https://calls.example.com/api/v1/telephony/twiml');
    expect(eventsUrl(first, null)).toBe(
      'https://calls.example.com/api/v1/telephony/status-callback',
    );
    expect(answerUrl(other, null)).toBe(
      'https://calls.example.com/api/v1/telephony/accounts/telnyx-eu/answer',
    );
    expect(eventsUrl(other, null)).toBe(
      'https://calls.example.com/api/v1/telephony/accounts/telnyx-eu/events',
    );
  });

  it('keep the path prefix of the origin', () => {
    expect(answerUrl(behindPrefix, ids)).toMatch(
      /^https:\/\/calls\.example\.com\/pbx\/api\/v1\/telephony\/twiml\?/,
    );
    expect(streamUrl(behindPrefix.origin, ids)).toBe(
      'wss://calls.example.com/pbx/api/v1/telephony/ws/123/456/789',
    );
  });
});
