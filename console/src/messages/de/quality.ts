import type { quality as english } from '../en/quality.js';
import type { Translation } from '../fill.js';

export const quality: Translation<typeof english> = {
  qualityAtThisMoment: 'Qualität in diesem Moment',
  jitterMs: 'Jitter (ms)',
  longestGapMs: 'längste Lücke (ms)',
  lostFrames: 'verlorene Frames',
  overTimeJitterAtMost:
    'Im Verlauf: Jitter höchstens {jitterMs} ms, längste Lücke {gapMs} ms, {lost} Frames verloren.',
  quality: 'Qualität',
  from: 'ab {time}',
  stream: 'Stream {index}',
  firstAudio: 'Erster Ton',
  fromTheStreamsStartTo: 'Vom Beginn des Streams bis zum ersten Ton des Agenten',
  jitter: 'Jitter',
  howUnevenlyTheCallersAudio: 'Wie ungleichmäßig der Ton des Anrufers ankam',
  recentGap: 'Letzte Lücke',
  theLongestWithinTheLast: 'Die längste innerhalb der letzten Sekunden',
  longestGap: 'Längste Lücke',
  betweenTwoFramesOfThe: 'Zwischen zwei Frames vom Ton des Anrufers',
  filledSilence: 'Gefüllte Stille',
  putInWhereAudioWas: 'Eingefügt, wo Ton fehlte',
  framesLate: 'Frames zu spät',
  cameTwiceOrTooLate: 'Kamen doppelt oder zu spät und waren nicht zu hören',
  framesIn: 'Frames empfangen',
  of20MsEach: 'Je 20 ms',
  framesOut: 'Frames gesendet',
};
