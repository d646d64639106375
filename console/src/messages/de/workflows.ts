import type { workflows as english } from '../en/workflows.js';
import type { Translation } from '../fill.js';

export const workflows: Translation<typeof english> = {
  low: 'Niedrig',
  normal: 'Normal',
  high: 'Hoch',
  mayBeHeard: 'Ist vielleicht hörbar',
  isSurelyCancelled: 'Wird sicher unterdrückt',
  lowOnlyLoudLongerSpeech:
    'Niedrig: Nur lautes, längeres Sprechen unterbricht den Agenten. Hoch: Auch leise und kurze Laute können es.',
  anAgentThatHearsItself:
    'Ein Agent, der sich selbst hört, obwohl das ausgeschlossen wurde, unterbricht sich selbst.',
  inCallsThatArePlaced:
    'Bei Anrufen, die mit Erkennung von Anrufbeantwortern gestartet werden. Eine Nachricht beginnt nach der Begrüßung; danach wird aufgelegt.',
  theSentence: 'Satz',
  whereTheCarrierCanSay: 'Wo der Anbieter einen sprechen kann.',
  theSound: 'Audiodatei',
  oneOfYourSoundsOr: 'Eine Ihrer Audiodateien oder eine WAV-Datei in MEDIA_DIR.',
  thereIsNoWorkflowYet:
    'Noch gibt es keinen Workflow und damit keinen Agenten, der sprechen könnte. <link>Den ersten anlegen</link>',
  routes: 'Routen',
  whichAccountDialsWhereA:
    'Welches Konto wählt, wenn ein Anruf weder ein Konto noch eine Rufnummer nennt. Von denen, deren angerufene Nummern passen, kommt der längste Anfang zuerst, dann diese Reihenfolge. Das nächste Konto wird nur gefragt, wenn nichts klingeln kann. Ohne Routen: das erste Konto.',
  moveUpRoute: 'Route {index} nach oben',
  moveUp: 'Nach oben',
  removeRoute: 'Route {index} entfernen',
  remove: 'Entfernen',
  addARoute: 'Route hinzufügen',
  oneOfTheAccountsLeft: 'Eine des Kontos; leer: seine erste.',
  whatTheyBeginWithSuch: 'Womit sie beginnen, etwa +44, +1415; leer: beliebig.',
  talkToIt: 'Ausprobieren',
  savedCallsThatAreAlready: 'Gespeichert. Bereits gestartete Anrufe behalten die alten Regeln.',
  notReady: '{name} (nicht bereit)',
  optionsOf: 'Optionen von {agentName}',
  theCall: 'Anruf',
  leftEmptyNothing: 'Leer: nichts.',
  forAgentsThatWaitFor:
    'Für Agenten, die warten, bis der Anrufer fertig ist: kurz bringt schnelle Antworten, lang lässt Zeit zum Nachdenken.',
  leftEmptyTheCallIs: 'Leer: Es wird nur aufgelegt.',
  whereTheCallerHeardNothing:
    'Wenn der Anrufer mehr als drei Sekunden nichts gehört hat. Leer: nichts.',
  oneOnEachLineSales:
    'Je Zeile: Vertrieb = +14155552671. Der Agent wählt nach dem Namen. Leer: niemand.',
  whatToDo: 'Was zu tun ist',
  versions: 'Versionen',
  newWorkflow: 'Neuer Workflow',
  workflow: 'Workflow {workflowId}',
  deleteThisWorkflow: 'Diesen Workflow löschen?',
  itsPastCallsStayOne:
    'Vergangene Anrufe bleiben. Ein Workflow, zu dem eine Rufnummer führt, lässt sich nicht löschen.',
  agents: 'Agenten',
  sounds: 'Audiodateien',
  whichAgentAnswersAndHow:
    'Welcher Agent antwortet, und wie. Ein Anruf behält den Workflow in der Fassung, mit der er begann.',
  noWorkflowYet:
    'Noch kein Workflow. <link>Legen Sie den ersten an</link>, um Anrufe zu starten und anzunehmen.',
  canBeInterrupted: 'kann unterbrochen werden',
  recorded: 'wird aufgezeichnet',
  id: '{agent} · ID {workflowId}',
  agentNotReady: 'nicht bereit',
  noCallIsAnsweredThere: 'Kein Anruf wird angenommen: Einen Agenten „{name}“ gibt es hier nicht.',
  noCallIsAnsweredNot: {
    one: 'Kein Anruf wird angenommen: {settings} ist nicht gesetzt.',
    other: 'Kein Anruf wird angenommen: {settings} sind nicht gesetzt.',
  },
  theAgentTalksOn: 'Der Agent spricht weiter',
  leaveASentenceSaidBy: 'Einen Satz hinterlassen, den der Anbieter spricht',
  leaveASound: 'Eine Audiodatei hinterlassen',
  accountOfRoute: 'Konto der Route {nth}',
  shownNumberOfRoute: 'Angezeigte Rufnummer der Route {nth}',
  calledNumbersOfRoute: 'Angerufene Rufnummern der Route {nth}',
  agent: 'Agent',
  recordIt: 'Aufzeichnen',
  saidBeforeAnythingIsRecorded: 'Ansage, bevor aufgezeichnet wird',
  transcribeItsRecordingsWhereA:
    'Aufzeichnungen transkribieren, wenn dafür ein Server eingerichtet ist',
  theCallerMayTalkOver: 'Der Anrufer darf dem Agenten ins Wort fallen',
  howEasily: 'Wie leicht',
  theAgentsOwnEchoOn: 'Das eigene Echo des Agenten in der Leitung',
  silenceThatEndsTheCallers: 'Stille, nach der der Anrufer fertig ist, in Millisekunden',
  saidWhenTheAgentFails: 'Ansage, wenn der Agent scheitert',
  saidWhenTheCallGoes: 'Ansage, wenn der Anruf nach einer Unterbrechung weitergeht',
  whenAMachineAnswers: 'Wenn ein Anrufbeantworter abnimmt',
  whileTheAgentTakesLong: 'Während der Agent lange braucht',
  afterThreeSecondsOfSilence: 'Nach drei Sekunden Stille, bei Agenten, die ein Modell fragen.',
  theCallerHearsNothing: 'Der Anrufer hört nichts',
  theAgentSaysASentence: 'Der Agent sagt einen Satz',
  aSoundIsPlayed: 'Eine Audiodatei wird abgespielt',
  wordsForWhoWaits: 'Worte für Wartende',
  whereTheAgentCanSay: 'Wo der Agent sie sprechen kann.',
  soundForWhoWaits: 'Audiodatei für Wartende',
  peopleToWhomTheAgent: 'Personen, an die der Agent Anrufe weiterleiten darf',
};
