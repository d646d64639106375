import { expect, it } from '@jest/globals';
import { WaitingSockets } from './waiting-sockets.js';

it('counts by run and in total', () => {
  const waiting = new WaitingSockets();
  waiting.enter(1);
  waiting.enter(1);
  waiting.enter(2);
  expect([waiting.of(1), waiting.of(2), waiting.of(3), waiting.total]).toEqual([2, 1, 0, 3]);
});

it('gives a place back once, however often it is told', () => {
  const waiting = new WaitingSockets();
  const leave = waiting.enter(1);
  waiting.enter(1);
  leave();
  leave();
  expect([waiting.of(1), waiting.total]).toEqual([1, 1]);
});

it('is empty when all have left', () => {
  const waiting = new WaitingSockets();
  for (const leave of Array.from({ length: 9 }, (_, run) => waiting.enter(run))) leave();
  expect([waiting.of(1), waiting.total]).toEqual([0, 0]);
});
