import type { place as english } from '../en/place.js';
import type { Translation } from '../fill.js';

export const place: Translation<typeof english> = {
  numberToCallWithCountry: 'Anzurufende Rufnummer, mit Landesvorwahl',
  shownNumber: 'Angezeigte Rufnummer',
  context: 'Kontext',
  letItRingSeconds: 'Klingeln lassen, Sekunden',
  longestDurationSeconds: 'Höchstdauer, Sekunden',
  detectAnsweringMachines: 'Anrufbeantworter erkennen',
  placeACall: 'Anruf starten',
  calling: 'Wird angerufen …',
  call: 'Anrufen',
  itsAgentTalksOnThis: 'Sein Agent spricht in diesem Anruf.',
  more: 'Mehr',
  oneOfYourNumbersLeft: 'Eine Ihrer Rufnummern. Leer: die erste.',
  aJsonObjectHandedTo: 'Ein JSON-Objekt, das der Agent erhält.',
  n5To600LeftEmpty: '5 bis 600. Leer: 60.',
  leftEmpty3600: 'Leer: 3600.',
  no: 'nein',
  atOnce: 'sofort',
  waitForTheEndOf: 'das Ende der Begrüßung abwarten',
  callHasTheDetails: '<link>Anruf #{runId}</link> hat die Einzelheiten.',
};
