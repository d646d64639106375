import type { webhooks as english } from '../en/webhooks.js';
import type { Translation } from '../fill.js';

export const webhooks: Translation<typeof english> = {
  url: 'URL',
  deliveries: 'Zustellungen',
  lookAgain: 'Aktualisieren',
  nothingWasToBeSent: 'Noch war nichts zu senden. Ein Anruf, der sich ändert, erscheint hier.',
  showOlderOnes: 'Ältere zeigen',
  ofCall: '{type} zu <link>Anruf #{runId}</link>',
  sendOfCallAgain: '{type} zu Anruf {runId} erneut senden',
  sendAgain: 'Erneut senden',
  notTriedYet: 'noch nicht versucht',
  tried: { one: 'einmal versucht', other: '{count}-mal versucht' },
  answeredWith: 'mit {status} beantwortet',
  nextTryAt: 'nächster Versuch: {time}',
  sendEventsToIt: 'Ereignisse dorthin senden',
  saved: 'Gespeichert.',
  anHttpsAddressThatAnswers:
    'Eine <code>https</code>-Adresse, die binnen zehn Sekunden mit 2xx antwortet.',
  ofWhoseCallsItIs: 'Von wessen Anrufen er erfährt.',
  everyWorkflow: 'alle Workflows',
  events: 'Ereignisse',
  noneChosenEveryEventIs: 'Keines gewählt: Alle Ereignisse werden gesendet.',
  whileThisIsOffEvents:
    'Solange dies aus ist, werden neue Ereignisse auch nicht für ihn aufgeschrieben.',
  newEndpoint: 'Neuer Endpunkt',
  thisIsTheSecretThat:
    'Dies ist das Geheimnis, mit dem die Ereignisse signiert werden; Ihr Dienst prüft sie damit.',
  goToTheEndpoint: 'Zum Endpunkt',
  endpoint: 'Endpunkt',
  tryIt: 'Ausprobieren',
  sendsOneEventOfType:
    'Sendet jetzt ein Ereignis vom Typ <code>test</code>. Es ist signiert wie jedes andere und betrifft keinen Anruf.',
  sending: 'Wird gesendet …',
  sendATestEvent: 'Testereignis senden',
  deleteThisEndpoint: 'Diesen Endpunkt löschen?',
  itsListOfDeliveriesGoes:
    'Seine Liste der Zustellungen wird mit gelöscht, und was noch wartet, wird nie gesendet.',
  webhooks: 'Webhooks',
  whichOfYourServicesAre:
    'Welche Ihrer Dienste erfahren, was mit Anrufen geschieht. Jedes Ereignis ist signiert und wird einen Tag lang erneut gesendet, bis es zugestellt ist.',
  nobodyIsToldYetMake:
    'Noch erfährt niemand etwas. <link>Legen Sie den ersten Endpunkt an</link>, und Ihr Dienst erfährt von jedem Anruf.',
  endpoints: 'Endpunkte',
  theWorkflow: 'der Workflow {name}',
  isToldOf: 'Erhält: {events}; betrifft: {workflow}',
  delivered: 'zugestellt',
  givenUp: 'aufgegeben',
  waiting: 'wartet',
  failing: 'scheitert',
  enabled: 'aktiv',
  disabled: 'deaktiviert',
  disabledByItsAnswer: 'wegen seiner Antwort deaktiviert',
  everyEvent: 'alle Ereignisse',
  theEndpointAnswered: 'Der Endpunkt hat nach {time} mit {status} geantwortet.',
  itDidNotAnswer: 'er hat nicht geantwortet',
  itWasNotDelivered: 'Nicht zugestellt: {why} (nach {time}).',
};
