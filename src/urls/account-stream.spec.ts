import { describe, expect, it } from '@jest/globals';
import { accountStream } from './account-stream.js';

const PATH = '/api/v1/telephony/accounts/asterisk/media';
const QUERY = 'token=tok_-1&workflow_id=1&user_id=2&workflow_run_id=3';

describe('a stream under the address of an account', () => {
  it('is the stream that its query names', () => {
    expect(accountStream(`${PATH}?${QUERY}`)).toEqual({
      path: '/api/v1/telephony/ws/1/2/3/tok_-1',
      account: 'asterisk',
    });
  });

  it.each([
    PATH,
    `${PATH}?workflow_id=1&user_id=2&workflow_run_id=3`,
    `${PATH}?${QUERY.replace('user_id=2', 'user_id=2%2F3')}`,
    `${PATH}?${QUERY.replace('user_id=2', 'user_id=')}`,
    `${PATH}/more?${QUERY}`,
    `/api/v1/telephony/accounts/asterisk/events?${QUERY}`,
    `/api/v1/telephony/accounts/a/b/media?${QUERY}`,
    `/api/v1/telephony/ws/1/2/3/tok_-1?${QUERY}`,
  ])('is not %s', (target) => {
    expect(accountStream(target)).toBeNull();
  });
});
