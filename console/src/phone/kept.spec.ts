import { afterEach, describe, expect, it } from '@jest/globals';
import { keep, kept, keptVolume } from './kept.js';

/** A browser's storage, in memory; null: one that keeps nothing, and throws. */
function browserWith(items: Map<string, string> | null): void {
  const refuse = (): never => {
    throw new Error('The operation is insecure.');
  };
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    value: items
      ? {
          getItem: (key: string) => items.get(key) ?? null,
          setItem: (key: string, value: string) => items.set(key, value),
        }
      : { getItem: refuse, setItem: refuse },
  });
}

describe('what the phone remembers', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  afterEach(() => {
    if (before) Object.defineProperty(globalThis, 'localStorage', before);
    else Reflect.deleteProperty(globalThis, 'localStorage');
  });

  it('is there at the next visit, each under its own name', () => {
    browserWith(new Map());
    keep('workflow', '7');
    keep('microphone', 'abc');
    expect([kept('workflow'), kept('microphone'), kept('speaker')]).toEqual(['7', 'abc', null]);
  });

  it('is nothing in a browser that keeps nothing', () => {
    browserWith(null);
    keep('volume', '40');
    expect(kept('volume')).toBeNull();
    expect(keptVolume()).toBe(1);
  });

  it.each([
    ['40', 0.4],
    ['0', 0],
    ['400', 1],
    ['loud', 1],
  ])('a volume of %s is %d', (text, volume) => {
    browserWith(new Map([['patchbay.phone.volume', text]]));
    expect(keptVolume()).toBe(volume);
  });
});
