import { rest as english } from './en/rest.js';
import type { Translation } from './fill.js';
import { m as first } from './first.js';
import { language, type Language } from './language.js';

export type RestOfMessages = Translation<typeof english>;

const CATALOGUES: Record<Language, () => Promise<RestOfMessages>> = {
  en: () => Promise.resolve(english),
  de: async () => (await import('./de/rest.js')).rest,
};

/** All messages in the chosen language, for pages whose scripts are loaded on demand. */
export const m = { ...first, ...((await CATALOGUES[language]()) as typeof english) };
