import type { doctor as english } from '../en/doctor.js';
import type { Translation } from '../fill.js';

export const doctor: Translation<typeof english> = {
  whatToDo: 'Was zu tun ist:',
  theServiceEndedTheRun: 'Der Dienst hat den Lauf vorzeitig beendet: Sehen Sie in sein Protokoll.',
  checking: 'Wird geprüft …',
  runEveryCheck: 'Alle Prüfungen ausführen',
  doctor: 'Diagnose',
  theQuickChecksAreShown:
    'Die schnellen Prüfungen erscheinen sofort. Alle zusammen dauern bis zu anderthalb Minuten, weil ein WebSocket so lange still gehalten wird, um zu sehen, ob ihn unterwegs etwas trennt.',
  checksDone: 'Fortschritt der Prüfungen',
  everyCheck: 'Alle Prüfungen: {summary}',
  theCheckYouLookFor:
    'Die gesuchte Prüfung gehört nicht zu den schnellen. Führen Sie alle Prüfungen aus, um sie zu sehen.',
  setting: 'Wird gesetzt …',
  setOurURLsForClaimed: 'Unsere URLs für zugeordnete Rufnummern setzen',
  theDoctorIsForUser: 'Die Diagnose ist nur für Benutzer 1.',
};
