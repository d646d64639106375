import { send } from '../api/http.js';
import { WavPeaks, type Peaks } from './wav-peaks.js';

/** More columns than any screen is wide. */
const COLUMNS = 2_000;

/** @throws ApiProblem, or Error when the reply is not a recording */
export async function readPeaks(path: string, signal: AbortSignal): Promise<Peaks> {
  const response = await send('GET', path, { signal });
  const peaks = new WavPeaks(Number(response.headers.get('content-length')), COLUMNS);
  const reader = response.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return peaks.finish();
    peaks.push(piece.value);
  }
}
