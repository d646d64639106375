import type { PeerBehaviour } from '../../../tools/asterisk/sip-peer.js';

/** What a peer does with a call of ours, and what the call becomes. */
export interface PeerEnding {
  peer: PeerBehaviour;
  status: string;
  endReason: string;
  sipCode: number | null;
}

const failed = (refuses: number, reason: string): PeerEnding => ({
  peer: { refuses, reason },
  status: 'failed',
  endReason: 'failed',
  sipCode: refuses,
});

/** As on our page about Asterisk. */
export const PEER_ENDINGS: readonly PeerEnding[] = [
  {
    peer: { refuses: 486, reason: 'Busy Here', rings: true },
    status: 'busy',
    endReason: 'busy',
    sipCode: 486,
  },
  {
    peer: {
      refuses: 486,
      reason: 'Busy Here',
      header: 'Reason: Q.850;cause=17;text="User busy"',
    },
    status: 'busy',
    endReason: 'busy',
    sipCode: 486,
  },
  {
    peer: { refuses: 600, reason: 'Busy Everywhere' },
    status: 'busy',
    endReason: 'busy',
    sipCode: 600,
  },
  {
    peer: { refuses: 480, reason: 'Temporarily Unavailable' },
    status: 'no-answer',
    endReason: 'no_answer',
    sipCode: 480,
  },
  {
    peer: { refuses: 408, reason: 'Request Timeout' },
    status: 'no-answer',
    endReason: 'no_answer',
    sipCode: 408,
  },
  failed(603, 'Decline'),
  failed(403, 'Forbidden'),
  failed(404, 'Not Found'),
  failed(488, 'Not Acceptable Here'),
  failed(500, 'Server Internal Error'),
  failed(503, 'Service Unavailable'),
];
