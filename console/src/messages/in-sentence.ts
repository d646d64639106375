import { language } from './language.js';

/** A title within a sentence: with small letters in English, as it is where nouns keep their capitals. */
export function inSentence(title: string): string {
  return language === 'en' ? title.toLowerCase() : title;
}
