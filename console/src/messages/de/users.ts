import type { users as english } from '../en/users.js';
import type { Translation } from '../fill.js';

export const users: Translation<typeof english> = {
  users: 'Benutzer',
  onlyUser1MayManage: 'Nur Benutzer 1 darf Benutzer und Schlüssel verwalten.',
  whoMayUseTheApi:
    'Wer die API und die Konsole nutzen darf. Ein Benutzer sieht seine eigenen Workflows und Anrufe und niemandes sonst. Ein Schlüssel dient zur Anmeldung und gibt einem Programm Zugang.',
  user: 'Benutzer {userId}',
  administersTheOthers: 'verwaltet die anderen',
  made: 'Angelegt {createdAt}',
  noKeySoNothingCan: 'Kein Schlüssel, also kann nichts im Namen dieses Benutzers geschehen.',
  keysOf: 'Schlüssel von {name}',
  issued: 'ausgestellt {createdAt}',
  revokeKeyOf: 'Schlüssel {key} von {user} widerrufen',
  revokeEllipsis: 'Widerrufen …',
  thisIsTheKey: 'Dies ist der Schlüssel „{name}“.',
  revokeTheKey: 'Den Schlüssel „{name}“ widerrufen?',
  revoke: 'Widerrufen',
  programsThatUseItAre:
    'Programme, die ihn benutzen, werden sofort abgewiesen. Wer damit angemeldet ist, wird abgemeldet, auch Sie, falls es Ihrer ist.',
  whatTheKeyIsFor: 'Wofür der Schlüssel ist',
  issueAKeyFor: 'Schlüssel für {name} ausstellen',
  issueAKey: 'Schlüssel ausstellen',
  issueIt: 'Ausstellen',
  suchAsCrmOrLaptop: 'Etwa crm oder laptop; leer: key.',
  newUser: 'Neuer Benutzer',
  makeTheUser: 'Benutzer anlegen',
  ofAPersonATeam:
    'Von einer Person, einem Team oder einem Kunden. Den Schlüssel erhält der Benutzer danach.',
};
