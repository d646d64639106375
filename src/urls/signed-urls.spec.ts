import { describe, expect, it } from '@jest/globals';
import { signedUpgradeUrls, signedUrls } from './signed-urls.js';

describe('the URLs a carrier may have signed', () => {
  it('are the raw target behind every known origin', () => {
    const target = "/api/v1/telephony/twiml?a=%27b%20c&d='";
    expect(
      signedUrls(['https://old.example.com', null, 'https://new.example.com'], target),
    ).toEqual([`https://old.example.com${target}`, `https://new.example.com${target}`]);
  });

  it('are listed once if the origin has not changed', () => {
    expect(signedUrls(['https://a.example.com', 'https://a.example.com'], '/x')).toEqual([
      'https://a.example.com/x',
    ]);
  });

  it('are none while no origin is known', () => {
    expect(signedUrls([null, null], '/x')).toEqual([]);
  });

  it.each(['/api/v1/telephony/twiml?a=1', '/pbx/api/v1/telephony/twiml?a=1'])(
    'hold the path prefix exactly once when the request came as %s',
    (target) => {
      expect(signedUrls(['https://a.example.com/pbx'], target)).toEqual([
        'https://a.example.com/pbx/api/v1/telephony/twiml?a=1',
      ]);
    },
  );

  it('keep a prefix that looks like the beginning of our own paths', () => {
    const signed = ['https://a.example.com/api/api/v1/telephony/twiml'];
    expect(signedUrls(['https://a.example.com/api'], '/api/v1/telephony/twiml')).toEqual(signed);
    expect(signedUrls(['https://a.example.com/api'], '/api/api/v1/telephony/twiml')).toEqual(
      signed,
    );
  });

  it('keep the case of the host', () => {
    expect(signedUrls(['https://Calls.Example.com'], '/x')).toEqual([
      'https://Calls.Example.com/x',
    ]);
  });

  it('are wss for the upgrade of a media stream', () => {
    const target = '/pbx/api/v1/telephony/ws/1/2/3';
    expect(signedUpgradeUrls([null, 'https://a.example.com/pbx'], target)).toEqual([
      'wss://a.example.com/pbx/api/v1/telephony/ws/1/2/3',
    ]);
  });
});
