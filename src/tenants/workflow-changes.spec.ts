import { describe, expect, it } from '@jest/globals';
import { changesBetween, type Content } from './workflow-changes.js';

const MENU = { start: 'a', steps: { a: { prompt: ['hello.wav'], keys: { 1: 'b' } }, b: {} } };

function told(before: Content, after: Content, depth?: number): unknown[] {
  return changesBetween(before, after, depth).map((change) => [
    change.path.join('.'),
    change.before,
    change.after,
  ]);
}

describe('changes between two contents', () => {
  it('are none where only the order of members differs', () => {
    expect(told({ a: 1, b: { c: 2, d: [1] } }, { b: { d: [1], c: 2 }, a: 1 })).toEqual([]);
  });

  it('are told by the member that differs, however deep it is', () => {
    const { a, b } = MENU.steps;
    const after = { ...MENU, steps: { a: { ...a, keys: { 1: 'b', 2: 'c' } }, b, c: {} } };
    expect(told(MENU, after)).toEqual([
      ['steps.a.keys.2', undefined, 'c'],
      ['steps.c', undefined, {}],
    ]);
    expect(told(after, MENU)).toEqual([
      ['steps.a.keys.2', 'c', undefined],
      ['steps.c', {}, undefined],
    ]);
  });

  it('are told for lists as a whole', () => {
    expect(told({ prompt: ['a', 'b'] }, { prompt: ['b'] })).toEqual([
      ['prompt', ['a', 'b'], ['b']],
    ]);
    expect(told({ routes: [] }, { routes: [{ account: 'x' }] })).toEqual([
      ['routes', [], [{ account: 'x' }]],
    ]);
  });

  it('are told by name in a list of what has names', () => {
    const [ada, grace] = [
      { name: 'Ada', to: '+12025550100' },
      { name: 'Grace', to: '+12025550101' },
    ];
    const moved = { ...grace, to: '+12025550102' };
    expect(told({ targets: [ada, grace] }, { targets: [ada, moved] })).toEqual([
      ['targets.Grace.to', '+12025550101', '+12025550102'],
    ]);
    expect(told({ targets: [ada, grace] }, { targets: [grace] })).toEqual([
      ['targets.Ada', ada, undefined],
    ]);
    expect(told({ targets: [ada, grace] }, { targets: [grace, ada] })).toEqual([
      ['targets', [ada, grace], [grace, ada]],
    ]);
  });

  it('with names that occur twice are told as a whole', () => {
    const [one, two] = [
      { name: 'Ada', to: '1' },
      { name: 'Ada', to: '2' },
    ];
    expect(told({ list: [one, one] }, { list: [one, two] })).toEqual([
      ['list', [one, one], [one, two]],
    ]);
  });

  it('go no deeper than is asked for', () => {
    const after = { ...MENU, steps: { a: {}, b: { next: 'a' } } };
    expect(told({ agent_options: MENU }, { agent_options: after }, 2)).toEqual([
      ['agent_options.steps', MENU.steps, after.steps],
    ]);
  });
});
