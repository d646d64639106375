import type { endReasons as english } from '../en/end-reasons.js';
import type { Translation } from '../fill.js';

export const endReasons: Translation<typeof english> = {
  checkTheCarrierAccount: 'Konto beim Anbieter prüfen',
  seeTheCarriersAlerts: 'Meldungen des Anbieters ansehen',
  checkThePathOfThe: 'Weg des Medienstreams prüfen',
  checkWhetherCallbacksArrive: 'Prüfen, ob Rückmeldungen ankommen',
  otherSideHungUp: 'Gegenseite hat aufgelegt',
  theOtherSideHungUp: 'Die Gegenseite hat aufgelegt.',
  hungUpByYou: 'von Ihnen aufgelegt',
  itWasHungUpThrough: 'Über die API oder in dieser Konsole wurde aufgelegt.',
  agentHungUp: 'Agent hat aufgelegt',
  theAgentHadFinishedAnd: 'Der Agent war fertig und hat aufgelegt.',
  agentFailed: 'Agent gescheitert',
  theAgentFailedSoThe:
    'Der Agent ist gescheitert, daher wurde aufgelegt. Einzelheiten stehen im Protokoll.',
  theLineWasBusy: 'Die Leitung war besetzt.',
  notAnswered: 'nicht angenommen',
  itRangAndNobodyAnswered: 'Es hat geklingelt, aber niemand hat rechtzeitig abgenommen.',
  couldNotBeConnected: 'nicht verbunden',
  theCarrierCouldNotConnect:
    'Der Anbieter konnte den Anruf nicht verbinden: Die Rufnummer gibt es vielleicht nicht, oder das Netz hat sie abgewiesen.',
  cancelled: 'abgebrochen',
  itWasCancelledBeforeAnybody: 'Der Anruf wurde abgebrochen, bevor jemand abnahm.',
  waitedTooLongToBe: 'zu lange auf das Wählen gewartet',
  neverDialled: 'nie gewählt',
  itWaitedAMinuteIn:
    'Der Anruf hat eine Minute in der Warteschlange gewartet und wurde nie gewählt. Es werden mehr Anrufe gestartet, als TWILIO_CALLS_PER_SECOND durchlässt.',
  refusedByTheCarrier: 'vom Anbieter abgewiesen',
  refused: 'abgewiesen',
  theCarrierRefusedToDial: 'Der Anbieter hat es abgelehnt zu wählen.',
  longestDurationReached: 'Höchstdauer erreicht',
  cutOff: 'abgeschnitten',
  theCallReachedItsLongest: 'Der Anruf hat seine zulässige Höchstdauer erreicht und wurde beendet.',
  transferred: 'weitergeleitet',
  theCallerWasConnectedWith:
    'Der Anrufer wurde mit einer Person verbunden, und dieses Gespräch ist zu Ende.',
  audioLost: 'Ton verloren',
  theMediaStreamWasLost:
    'Der Medienstream ging verloren und kam nicht rechtzeitig zurück, daher wurde aufgelegt. Zwischen dem Anbieter und hier trennt etwas die Verbindungen.',
  unknown: 'unbekannt',
  endUnknown: 'Ende unbekannt',
  itIsNotKnownWhy:
    'Warum der Anruf endete, ist nicht bekannt. Vielleicht kommen die Rückmeldungen des Anbieters nicht an, daher wurde er gefragt.',
  itEnded: 'Ende des Anrufs: {reason}.',
  numberNotFound: 'Rufnummer nicht gefunden',
  requestTimedOut: 'Zeit überschritten',
  temporarilyUnavailable: 'vorübergehend nicht erreichbar',
  cancelledBeforeTheAnswer: 'vor dem Abnehmen abgebrochen',
  declined: 'abgelehnt',
};
