import { expect, it } from '@jest/globals';
import { transcriptStep } from './transcript-step.js';

it.each([
  [{ step: 'started', by: 'agent' }, 'Transcript begun', ['told by the agent'], 'neutral'],
  [
    { step: 'complete', by: 'recording', requests: 4, seconds: 61 },
    'Transcript complete',
    ['of the recording', '4 requests, 61 s of audio'],
    'neutral',
  ],
  [
    { step: 'failed', by: 'recording', reason: 'http_413' },
    'The recording could not be transcribed',
    ['http 413'],
    'bad',
  ],
  [{ step: 'later', by: 'agent' }, 'Transcript: later', ['told by the agent'], 'neutral'],
])('%j', (detail, title, notes, tone) => {
  expect(transcriptStep(detail)).toEqual({ title, notes, tone });
});
