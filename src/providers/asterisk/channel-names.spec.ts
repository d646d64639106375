import { describe, expect, it } from '@jest/globals';
import { bridgeIdOf, callOfBridge, callOfMedia, ChannelNames, mediaIdOf } from './channel-names.js';

describe('the names of channels', () => {
  const names = new ChannelNames('patchbay');

  it('of a call that we place lead to its run', () => {
    const callId = names.ofDial(789, '1795745866300');
    expect(callId).toBe('patchbay-run-789-1795745866300');
    expect(names.runOf(callId)).toBe(789);
  });

  it.each([
    '1795745866.5',
    'patchbay-21600-1795745866.5',
    'other-run-789-1795745866300',
    'patchbay-run-0-1795745866300',
    'patchbay-run-99999999999999999-1',
    'patchbay-run-789-1795745866300-media-0badcafe',
    '',
  ])('of others do not: %s', (channelId) => {
    expect(names.runOf(channelId)).toBeNull();
  });

  it('of audio lead to the call, whoever placed it', () => {
    for (const callId of [names.ofDial(7, '1'), 'patchbay-21600-1795745866.5']) {
      expect(callOfMedia(mediaIdOf(callId, '0badcafe'))).toBe(callId);
      expect(callOfMedia(callId)).toBeNull();
      expect(callOfMedia(bridgeIdOf(callId))).toBeNull();
      expect(callOfBridge(bridgeIdOf(callId))).toBe(callId);
      expect(callOfBridge(callId)).toBeNull();
    }
  });
});
