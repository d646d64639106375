import type { numbers as english } from '../en/numbers.js';
import type { Translation } from '../fill.js';

export const numbers: Translation<typeof english> = {
  onlyUser1MayLead: 'Nur Benutzer 1 darf Rufnummern zu Workflows führen.',
  whichWorkflowAnswersWhichNumber:
    'Welcher Workflow welche Rufnummer annimmt. Anrufe an eine Rufnummer ohne Workflow werden abgewiesen.',
  isAnsweredByFromThe: '{number} wird ab dem nächsten Anruf von {workflow} angenommen.',
  noNumberIsClaimedYet: 'Noch ist keine Rufnummer zugeordnet. Ordnen Sie unten die erste zu.',
  workflowOf: 'Workflow von {number}',
  releaseNumber: '{number} freigeben',
  releaseEllipsis: 'Freigeben …',
  releaseQuestion: '{number} freigeben?',
  release: 'Freigeben',
  callsToItWillBe: 'Anrufe an diese Rufnummer werden abgewiesen, bis sie wieder zugeordnet ist.',
  numberWithCountryCode: 'Rufnummer, mit Landesvorwahl',
  account: 'Konto',
  claimANumber: 'Rufnummer zuordnen',
  claim: 'Zuordnen',
  orASipAddressSuch: 'Oder eine SIP-Adresse, etwa sip:sales@acme.sip.twilio.com.',
  isClaimedAndItsAddresses: '{number} ist zugeordnet, und die Adressen sind beim Anbieter gesetzt.',
  isClaimedItsAddressesCould:
    '{number} ist zugeordnet. Die Adressen konnten beim Anbieter nicht gesetzt werden ({reason}).',
  callsAreSimulatedHereSo: 'Anrufe sind hier simuliert, also ist nirgends etwas einzutragen.',
  enterThemThereYourselfFor:
    'Tragen Sie sie dort selbst ein: für eingehende Anrufe {voiceUrl}, für Statusänderungen {statusCallback}, beide mit HTTP POST.',
};
