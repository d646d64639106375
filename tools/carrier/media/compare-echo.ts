const FRAME_BYTES = 160;

/** How well the audio that the caller heard repeats what the caller said. */
export interface EchoComparison {
  /** 20 ms frames that the caller said. */
  sentFrames: number;
  /** Whole 20 ms frames that the caller heard, from the first that was an echo. */
  echoedFrames: number;
  /** Those of them that are identical to a frame that was said, each later than the one before. */
  identicalInOrder: number;
  /** Frames that were said between the first and the last echoed one and never came back. */
  missing: number;
  /**
   * `identicalInOrder` as a share of what should have come: the larger of the frames heard
   * and the span of frames said between the first and the last echo. 0 if there was no echo.
   */
  fraction: number;
  /** The number of the first echoed frame; -1 if there was none. */
  firstFrame: number;
}

/**
 * Compares frame by frame, wherever the echo begins in what was said. Needs
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
