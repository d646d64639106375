import type { line as english } from '../en/line.js';
import type { Translation } from '../fill.js';

export const line: Translation<typeof english> = {
  yourTelephone: 'Ihr Telefon',
  toThePhone: 'Zum Telefon',
  decline: 'Ablehnen',
  browsersGiveTheMicrophoneTo:
    'Browser geben das Mikrofon nur Seiten frei, die über https oder von diesem Rechner kommen.',
  theMicrophoneIsNotAllowed:
    'Das Mikrofon ist nicht freigegeben. Geben Sie es für diese Seite frei, und rufen Sie erneut an.',
  thereIsNoMicrophonePlug:
    'Es gibt kein Mikrofon. Schließen Sie eines an, und rufen Sie erneut an.',
  nobodyIsOnTheLine: 'Niemand ist in der Leitung.',
  theCallIsBeingPlaced: 'Der Anruf wird gestartet …',
  itRingsAtTheOther: 'Es klingelt auf der anderen Seite …',
  yourTelephoneRings: 'Ihr Telefon klingelt.',
  youAreTalking: 'Sie sprechen.',
  theCallIsOver: 'Der Anruf ist beendet.',
  thereIsNoLineFive:
    'Keine Leitung frei: Fünf Ihrer Telefone sind schon offen, oder der simulierte Anbieter läuft nicht. Bitte erneut versuchen.',
  theCallWasRejectedNo:
    'Der Anruf wurde abgewiesen: Diese Rufnummer ist keinem Workflow zugeordnet.',
  busyThisServiceTakesNo: 'Besetzt: Dieser Dienst nimmt im Moment keine weiteren Anrufe an.',
  nobodyCanBeReachedUnder:
    'Darunter ist niemand erreichbar. Eine Rufnummer beginnt mit + und der Landesvorwahl.',
  theCallWasNotTaken: 'Der Anruf wurde nicht angenommen ({refused}).',
};
