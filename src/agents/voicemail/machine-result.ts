import type { MachineResult } from '../agent.js';

/** Reads the word of a carrier's machine detection, which are Twilio's. */
export function machineResult(answeredBy: string): MachineResult {
  const isMachine = answeredBy.startsWith('machine');
  const kind =
    answeredBy === 'human' || answeredBy === 'fax' ? answeredBy : isMachine ? 'machine' : 'unknown';
  return { kind, answeredBy, greetingIsOver: answeredBy.startsWith('machine_end') };
}
