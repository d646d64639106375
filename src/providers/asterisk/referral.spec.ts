import { describe, expect, it } from '@jest/globals';
import { readEvent } from './ari-messages.js';
import { ChannelNames } from './channel-names.js';
import { referralIn } from './referral.js';
import { listedAs } from './told.js';

const NAMES = new ChannelNames('patchbay');
const CALL = '1700000000.1';

/** A caller in our part of the dialplan. */
function channel(dialplan: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: CALL,
    state: 'Up',
    dialplan: { context: 'patchbay-refer', exten: '2', app_name: 'Transfer', ...dialplan },
  };
}

function legOf(type: string, more: object, dialplan: Record<string, unknown> = {}) {
  const event = readEvent(JSON.stringify({ type, channel: channel(dialplan), ...more }));
  if (!event?.channel) throw new Error('it is no event of a channel');
  return referralIn(event, event.channel, NAMES)?.leg ?? null;
}

const back = (...args: string[]) => legOf('StasisStart', { args: ['refer', ...args] });

describe('a caller who is referred to a person', () => {
  it('is on the way as soon as the dialplan asks for it', () => {
    expect(legOf('ChannelDialplan', { dialplan_app: 'Transfer' })).toMatchObject({
      step: 'ringing',
      transfer: 2,
      leg: `${CALL}-patchbay-refer-2`,
    });
    expect(legOf('ChannelDialplan', { dialplan_app: 'Stasis' })).toBeNull();
  });

  it('is with the person once that is told, whether or not the channel comes back', () => {
    const varset = (value: string) =>
      legOf('ChannelVarset', { variable: 'TRANSFERSTATUS', value })?.step;
    expect(varset('SUCCESS')).toBe('handed-over');
    expect(varset('FAILURE')).toBeUndefined();
    expect(legOf('ChannelVarset', { variable: 'OTHER', value: 'SUCCESS' })).toBeNull();
    expect(back('SUCCESS', '200')?.step).toBe('handed-over');
  });

  it.each([
    ['486', 'busy', 486],
    ['600', 'busy', 600],
    ['480', 'no_answer', 480],
    ['408', 'no_answer', 408],
    ['603', 'failed', 603],
    ['', 'failed', null],
    ['-1', 'failed', null],
  ])('comes back with the status "%s": %s', (protocol, failure, sipCode) => {
    expect(back('FAILURE', protocol)).toMatchObject({ step: 'over', failure, sipCode });
  });

  it('is none who is elsewhere in the dialplan', () => {
    expect(legOf('StasisStart', { args: ['refer', 'FAILURE'] }, { context: 'other' })).toBeNull();
    expect(legOf('StasisStart', { args: ['refer', 'FAILURE'] }, { exten: '0' })).toBeNull();
    expect(legOf('StasisStart', { args: [] })).toBeNull();
  });
});

describe('a list of calls after a reconnection', () => {
  const listed = (appName: string, appData: string) => {
    const dialplan = { app_name: appName, app_data: appData };
    const event = readEvent(JSON.stringify({ type: 'x', channel: channel(dialplan) }));
    if (!event?.channel) throw new Error('it is no event of a channel');
    return listedAs(event.channel, false, NAMES).map(({ question, leg }) => [
      question !== null,
      leg?.step ?? null,
    ]);
  };

  it('has a caller on the way to a person as alive, and on the way', () => {
    const ways = listed('Transfer', 'PJSIP/sip:x');
    expect(ways).toEqual([
      [false, null],
      [false, 'ringing'],
    ]);
  });

  it('has one whom a person took, though that was missed', () => {
    expect(listed('Stasis', 'patchbay,refer,SUCCESS,200')).toEqual([
      [false, null],
      [false, 'handed-over'],
    ]);
  });

  it('has one who came back as waiting, like any other', () => {
    expect(listed('Stasis', 'patchbay,refer,FAILURE,486')).toEqual([[true, null]]);
  });
});
