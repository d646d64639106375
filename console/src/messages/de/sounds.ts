import type { sounds as english } from '../en/sounds.js';
import type { Translation } from '../fill.js';

export const sounds: Translation<typeof english> = {
  sounds: 'Audiodateien',
  whatYourAgentsPlayBy:
    'Was Ihre Agenten abspielen, nach Namen. Eine eigene Datei geht einer gleichnamigen vor, die der Betreiber in MEDIA_DIR abgelegt hat.',
  youHaveNoSoundsYet: 'Noch keine eigenen Audiodateien.',
  isUploaded: '„{name}“ ist hochgeladen: {length}.',
  upload: 'Hochladen',
  file: 'Datei',
  wavAtMost10MiB: 'WAV, höchstens 10 MiB und zehn Minuten; beliebige Abtastrate, mono oder stereo.',
  suchAsWelcomeWav: 'Etwa welcome.wav.',
  replaceMySoundOfThis: 'Meine gleichnamige Audiodatei ersetzen',
  isCalledNow: '„{name}“ heißt jetzt „{to}“.',
  isDeleted: '„{name}“ ist gelöscht.',
  uploaded: '{length}, hochgeladen {updatedAt}',
  newNameOf: 'Neuer Name von {name}',
  rename: 'Umbenennen',
  renameEllipsis: '{name} umbenennen …',
  keepTheName: 'Den Namen {name} behalten',
  deleteEllipsis: '{name} löschen …',
  deleteQuestion: '{name} löschen?',
  deleteIt: 'Löschen',
  oneThatAWorkflowUses: 'Eine Datei, die ein Workflow benutzt, lässt sich nicht löschen.',
  stop: '{name} anhalten',
  listenTo: '{name} anhören',
  listenAgain: '{name} anhören: erneut versuchen',
};
