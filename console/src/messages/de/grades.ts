import type { grades as english } from '../en/grades.js';
import type { Translation } from '../fill.js';

export const grades: Translation<typeof english> = {
  bounds: 'gut bis {good}, mäßig bis {fair}',
  boundsOfTime: 'gut bis {good}, mäßig bis {fair} der Zeit',
  boundsOfFrames: 'gut bis {good}, mäßig bis {fair} aller Frames',
  good: 'gut',
  fair: 'mäßig',
  bad: 'schlecht',
};
