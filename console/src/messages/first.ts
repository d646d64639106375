import { first as english } from './en/first.js';
import type { Translation } from './fill.js';
import { language, type Language } from './language.js';

/** What every other language must say too: a message that is missing does not compile. */
export type FirstMessages = Translation<typeof english>;

const CATALOGUES: Record<Language, () => Promise<FirstMessages>> = {
  en: () => Promise.resolve(english),
  de: async () => (await import('./de/first.js')).first,
};

/** The messages of what is shown first, in the chosen language. Their places are known by the English ones. */
export const m = (await CATALOGUES[language]()) as typeof english;
