import { expect, it } from '@jest/globals';
import { sharesOf } from './profile.js';

it('a profile tells the share of each function in the time that was not idle', () => {
  const frame = (functionName: string, url = '', lineNumber = -1) => ({
    functionName,
    url,
    lineNumber,
  });
  const nodes = [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('pump', 'file:///dist/playout.js', 9) },
    { id: 3, callFrame: frame('writev') },
    // The same function, called from elsewhere.
    { id: 4, callFrame: frame('pump', 'file:///dist/playout.js', 9) },
  ];
  const profile = { nodes, samples: [2, 1, 3, 4, 3], timeDeltas: [5, 100, 900, 450, 200] };
  // The last 650 µs: from the sample at 1,005 µs on.
  expect(sharesOf(profile, 650e-6).map(({ name }) => name)).toEqual([
    'writev',
    'pump (playout.js:10)',
  ]);
  expect(sharesOf(profile, 650e-6)[0]?.share).toBeCloseTo(450 / 650);
  expect(sharesOf(profile)).toEqual([
    { name: 'writev', share: 0.6 },
    { name: 'pump (playout.js:10)', share: 0.4 },
  ]);
});
