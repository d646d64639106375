const FRAME_BYTES = 160;

/** How well what the caller heard repeats what the caller said. */
export interface EchoComparison {
  /** 20 ms frames that the caller said. */
  sentFrames: number;
  /** Whole 20 ms frames that the caller heard, from the first that was an echo. */
  echoedFrames: number;
  /** Of those: identical to a frame that was said, each later than the one before. */
  identicalInOrder: number;
  /** Frames said between the first and the last echoed one that never came back. */
  missing: number;
  /**
   * `identicalInOrder` of what should have come: the larger of the frames heard
   * and the span of frames said between first and last echo. 0 when none was.
   */
  fraction: number;
  /** Number of the first echoed frame; -1 when none was. */
  firstFrame: number;
}

/**
 * Compares frame by frame, wherever in what was said the echo begins. Needs
 * caller audio in which no frame repeats (the default `signal`).
 */
export function compareEcho(sent: readonly Buffer[], heard: Buffer): EchoComparison {
  const numbers = new Map(sent.map((frame, index) => [frame.toString('latin1'), index]));
  const numberAt = (offset: number) =>
    numbers.get(heard.toString('latin1', offset, offset + FRAME_BYTES));
  let offset = 0;
  while (offset + FRAME_BYTES <= heard.length && numberAt(offset) === undefined) offset++;
  const firstFrame = numberAt(offset) ?? -1;
  let identicalInOrder = 0;
  let echoedFrames = 0;
  let last = -1;
  for (; offset + FRAME_BYTES <= heard.length; offset += FRAME_BYTES) {
    echoedFrames++;
    const number = numberAt(offset);
    if (number === undefined || number <= last) continue;
    identicalInOrder++;
    last = number;
  }
  const span = firstFrame < 0 ? 0 : last - firstFrame + 1;
  return {
    sentFrames: sent.length,
    echoedFrames,
    identicalInOrder,
    missing: span - identicalInOrder,
    fraction: identicalInOrder === 0 ? 0 : identicalInOrder / Math.max(echoedFrames, span),
    firstFrame,
  };
}
