export const grades = {
  bounds: 'good up to {good}, fair up to {fair}',
  boundsOfTime: 'good up to {good}, fair up to {fair} of the time',
  boundsOfFrames: 'good up to {good}, fair up to {fair} of all frames',
  good: 'good',
  fair: 'fair',
  bad: 'bad',
} as const;
