/** The source of the time, so that tests can set it. */
export abstract class Clock {
  abstract now(): Date;
}

/** This machine's. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}
