import type { alerts as english } from '../en/alerts.js';
import type { Translation } from '../fill.js';

export const alerts: Translation<typeof english> = {
  alerts: 'Alarme',
  onlyUser1MaySee: 'Nur Benutzer 1 darf die Alarme sehen.',
  nobodyIsTold: 'Niemand wird benachrichtigt',
  patchbayCanTellPeopleWhen:
    'Patchbay kann Menschen benachrichtigen, wenn eine Prüfung der Diagnose eine Störung findet und wenn sie behoben ist. So wird das eingeschaltet:',
  inTheEnvironmentOrIn:
    'In der Umgebung oder in <code>.env</code> entweder <code>ALERTS_WEBHOOK_URL</code> auf einen eingehenden Webhook von Slack, Mattermost oder einem anderen Chat setzen, oder <code>ALERTS_EMAIL_TO</code> auf Mailadressen und <code>SMTP_URL</code> auf einen Mailserver. Beide Wege zugleich sind möglich.',
  ifTheDefaultsDoNot:
    'Passen die Voreinstellungen nicht, <code>ALERTS_EVERY_SECONDS</code> (wie oft geprüft wird), <code>ALERTS_QUIET_SECONDS</code> (die Ruhezeit) und <code>ALERTS_EMAIL_FROM</code> (den Absender) setzen.',
  restartPatchbay: 'Patchbay neu starten.',
  sendATestMessageFrom: 'Von dieser Seite eine Testnachricht senden.',
  settingsShowsWhatIsSet: 'Unter <link>Einstellungen</link> steht, was jetzt gesetzt ist.',
  peopleAreTold: 'Benachrichtigungen sind eingeschaltet',
  sending: 'Wird gesendet …',
  sendATestMessage: 'Testnachricht senden',
  ways: 'Wege',
  checks: 'Prüfungen',
  onlyACheckThatIs: 'Gemeldet wird nur eine Störung, nicht, was bloß anzusehen ist.',
  since: 'seit {since}',
  messages: 'Nachrichten',
  nobodyWasToldAnythingYet: 'Noch wurde niemand benachrichtigt.',
  seenBy: '{createdAt}, gesehen von {instance}',
  webhook: 'Webhook',
  mail: 'Mail',
  nobody: 'Niemand wird benachrichtigt.',
  told: 'Gemeldet.',
  toldAt: 'Gemeldet: {time}.',
  toldDownAndNotYetBack: 'Die Behebung wird nach zwei guten Durchgängen gemeldet.',
  quietUntilToldThenIf: 'Ruhe bis {quiet}; dann wird gemeldet, falls die Störung besteht.',
  notToldYetItIs: 'Noch nicht gemeldet: Gemeldet wird, was zwei Durchgänge nacheinander finden.',
  toldToBeBackAt: 'Als behoben gemeldet: {at}.',
  toldToBeDownAt: 'Als gestört gemeldet: {at}.',
  theQuickChecksRunEvery:
    'Die schnellen Prüfungen laufen alle {every}, auf einer Instanz für alle.',
  whatIsBrokenInTwo:
    'Gemeldet wird, was in zwei Durchgängen nacheinander gestört ist, und als behoben, was es in zwei Durchgängen nicht ist.',
  thereIsNoQuietTime: 'Es gibt keine Ruhezeit.',
  quietTimeWhatCameBack:
    'Ruhezeit: Was behoben ist, wird innerhalb von {quiet} nach der Meldung der Störung nicht erneut als gestört gemeldet.',
  minutes: '{minutes} min',
  testMessage: 'Testnachricht',
  down: 'Gestört: {down}',
  back: 'Behoben: {back}',
  delivered: 'zugestellt',
  notDelivered: 'nicht zugestellt',
  waiting: 'wartet',
  failing: 'scheitert',
  nextTryAt: 'Nächster Versuch: {time}.',
};
