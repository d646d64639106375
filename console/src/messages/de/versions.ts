import type { versions as english } from '../en/versions.js';
import type { Translation } from '../fill.js';

export const versions: Translation<typeof english> = {
  nothingThatIsShownDiffers: 'Nichts, was gezeigt wird, unterscheidet sich.',
  andNotShown: 'wird nicht gezeigt',
  before: 'Vorher:',
  after: 'Nachher:',
  options: 'Optionen',
  routes: 'Routen',
  versionRestored: 'Version {restored} wiederhergestellt: {fields}',
  changedFields: 'Geändert: {fields}',
  made: 'Angelegt',
  asItWasFound: 'Wie vorgefunden',
  beforeVersionsWereKeptOr:
    'bevor Versionen aufbewahrt wurden, oder durch eine frühere Version von Patchbay',
  withKey: 'mit Schlüssel {keyId}',
  withTheKey: 'mit dem Schlüssel „{keyName}“',
  nothing: 'nichts',
  yes: 'ja',
  no: 'nein',
  added: 'hinzugefügt',
  removed: 'entfernt',
  changed: 'geändert',
  editTheWorkflow: 'Workflow bearbeiten',
  workflow: 'Workflow {workflowId}',
  versionsOf: 'Versionen von {name}',
  everyChangeIsKeptA:
    'Jede Änderung wird aufbewahrt. Ein Anruf behält die Version, mit der er begann. Eine Version wiederherzustellen legt eine neue an; Geheimnisse bleiben, wie sie jetzt sind.',
  restoredTheWorkflowIsAgain:
    'Wiederhergestellt: Der Workflow ist wieder, was Version {restored} war.',
  versions: 'Versionen',
  earlierVersions: 'Frühere Versionen',
  inForce: 'in Kraft',
  versionNumber: 'Version {number}',
  whatChangedInVersion: 'Was sich in Version {number} geändert hat',
  restoreEllipsis: 'Version {number} wiederherstellen …',
  restoreQuestion: 'Version {version} wiederherstellen?',
  restore: 'Wiederherstellen',
  fromVersionWhichIsIn: 'Gegenüber Version {current}, die in Kraft ist, würde sich ändern:',
};
