import type { signIn as english } from '../en/sign-in.js';
import type { Translation } from '../fill.js';

export const signIn: Translation<typeof english> = {
  apiKey: 'API-Schlüssel',
  signInPatchbay: 'Anmelden · Patchbay',
  signIn: 'Anmelden',
  yourSessionIsOverSign:
    'Ihre Sitzung ist abgelaufen. Nach dem Anmelden geht es dort weiter, wo Sie waren.',
  theOneInApiKey:
    'Der Schlüssel aus <code>API_KEY</code> oder aus der Datei <code>api-key</code> im Datenverzeichnis.',
  thisLinkSignsYouIn: 'Dieser Link meldet Sie als Administrator an. Er gilt einmal.',
  signInWithThisLink: 'Mit diesem Link anmelden',
  isNotTheKeyOf: 'gehört hier niemandem',
};
