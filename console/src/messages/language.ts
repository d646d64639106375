/** The languages of the console, each with its own name in itself, as it is chosen. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;

/** An ISO 639-1 code. */
export type Language = keyof typeof LANGUAGES;

/** Where the browser keeps a choice. Without a choice the browser's own languages decide. */
const CHOICE = 'patchbay.language';

/** What of a browser is needed here. The sentences can be read without one, and are English then. */
interface Browser {
  document?: { documentElement: { lang: string } };
  localStorage: {
    getItem: (key: string) => string | null;
    setItem: (k: string, v: string) => void;
  };
  navigator: { languages: readonly string[] };
  location: { reload: () => void };
}

const browser = globalThis as unknown as Browser;

/** The language of everything that is shown. It stays until the page is loaded again. */
export const language: Language = browser.document
  ? languageFor(browser.localStorage.getItem(CHOICE), browser.navigator.languages)
  : 'en';

/** How numbers and times are written: as in the reader's own region, if it speaks the language. */
export const locale: string = browser.document
  ? localeFor(language, browser.navigator.languages)
  : language;

if (browser.document) browser.document.documentElement.lang = language;

/**
 * @param chosen null: nothing was chosen; what is no language of ours counts as that
 * @param wanted the browser's languages, such as `de-AT`, the preferred one first
 * @returns English where none of them is ours
 */
export function languageFor(chosen: string | null, wanted: readonly string[]): Language {
  const languages = [chosen ?? '', ...wanted.map(bare)];
  return languages.find(isLanguage) ?? 'en';
}

export function localeFor(shown: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => bare(tag) === shown) ?? shown;
}

/** Remembers the language and loads the page again, so that all of it is in one language. */
export function chooseLanguage(chosen: Language): void {
  browser.localStorage.setItem(CHOICE, chosen);
  browser.location.reload();
}

function bare(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? '';
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGES, text);
}
