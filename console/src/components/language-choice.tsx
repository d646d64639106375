import { m } from '../messages/first.js';
import { chooseLanguage, isLanguage, language, LANGUAGES } from '../messages/language.js';

/** Chooses the language of the console. Each is named in itself, so that its readers find it. */
export function LanguageChoice() {
  return (
    <select
      aria-label={m.shell.language}
      title={m.shell.thePageIsLoadedAgain}
      value={language}
      onChange={({ currentTarget: { value } }) => {
        if (isLanguage(value)) chooseLanguage(value);
      }}
    >
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
