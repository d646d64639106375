import type { recording as english } from '../en/recording.js';
import type { Translation } from '../fill.js';

export const recording: Translation<typeof english> = {
  theRecordingIsNotWhole: 'Die Aufzeichnung ist unvollständig.',
  marked: 'Markiert: {marks}.',
  recording: 'Aufzeichnung',
  thisCallHasNoRecording: 'Dieser Anruf hat keine Aufzeichnung.',
  theRecordingCanBeHeard: 'Die Aufzeichnung ist hörbar, sobald der Anruf beendet ist.',
  transcript: 'Transkript',
  findInIt: 'Darin suchen',
  ofLines: { one: '{found} von {count} Zeile', other: '{found} von {count} Zeilen' },
  caller: 'Anrufer',
  agent: 'Agent',
  subtitles: 'Untertitel',
  text: 'Text',
  theRecordingCouldNotBe: 'Die Aufzeichnung konnte nicht gelesen werden.',
  callerAbove: 'Anrufer, oben',
  agentBelow: 'Agent, unten',
  pause: 'Pause',
  play: 'Abspielen',
  position: 'Position',
  timeOf: '{time} von {length}',
  seconds: '{seconds} s',
  download: 'Herunterladen',
  theAgentPausedFor: 'Der Agent machte {time} Pause',
  theCallerTalkedOverThe: 'Der Anrufer sprach dem Agenten dazwischen',
  agentPausedTimes: {
    one: 'der Agent machte einmal Pause',
    '=2': 'der Agent machte zweimal Pause',
    other: 'der Agent machte {count}-mal Pause',
  },
  talkedOverTimes: {
    one: 'der Anrufer sprach einmal dazwischen',
    '=2': 'der Anrufer sprach zweimal dazwischen',
    other: 'der Anrufer sprach {count}-mal dazwischen',
  },
};
