import type { phone as english } from '../en/phone.js';
import type { Translation } from '../fill.js';

export const phone: Translation<typeof english> = {
  callOneOfMyNumbers: 'Eine eigene Rufnummer anrufen',
  thisBrowserIsTheCaller:
    'Dieser Browser ist der Anrufer: Es antwortet der Workflow, dem die Rufnummer zugeordnet ist, wie bei jedem Fremden.',
  number: 'Rufnummer',
  oneThatAWorkflowHas: 'Eine zugeordnete Rufnummer, oder eine andere, um die Abweisung zu sehen.',
  oneThatAWorkflowHasClaimedUnderNumbers:
    'Eine Rufnummer, die unter <link>Rufnummern</link> zugeordnet ist; jede andere wird abgewiesen.',
  dial: 'Wählen',
  microphoneAndLoudspeaker: 'Mikrofon und Lautsprecher',
  microphone: 'Mikrofon',
  loudspeaker: 'Lautsprecher',
  asTheBrowserChoosesIt:
    'Wie der Browser wählt. Er nennt seine Geräte erst, wenn das Mikrofon freigegeben wurde, also mit dem ersten Anruf.',
  volume: 'Lautstärke',
  percent: '{percent} Prozent',
  fromTheNextCallOn: 'Gilt ab dem nächsten Anruf.',
  asTheBrowserChooses: 'Wie der Browser wählt',
  phone: 'Telefon',
  callsAreRealHereAnd:
    'Anrufe sind hier echt und lassen echte Telefone klingeln. Das Telefon im Browser gibt es mit dem simulierten Anbieter: Starten Sie ohne Zugangsdaten eines Anbieters (<code>TWILIO_…</code>) und ohne <code>SIMULATED_CARRIER=off</code>.',
  aWorkflowCallsThisBrowser:
    'Ein Workflow ruft diesen Browser an: Mikrofon und Lautsprecher sind das Telefon, und der Anruf nimmt den Weg jedes anderen, durch den simulierten Anbieter.',
  itsAgentTalksWithYou: 'Sein Agent spricht mit Ihnen.',
  call: 'Anrufen',
  yourTelephone: 'Ihr Telefon',
  theCarriersVoiceSays: 'Die Stimme des Anbieters sagt:',
  answer: 'Annehmen',
  decline: 'Ablehnen',
  callNumber: 'Anruf #{runId}',
  hasItsOwnPageWhich: 'hat eine eigene Seite, die Sie währenddessen ansehen können.',
  hasItsOwnPageWith: 'hat eine eigene Seite, auf der steht, was geschah und warum.',
  you: 'Sie',
  agent: 'Agent',
  mute: 'Stummschalten',
  keys: 'Tasten',
};
