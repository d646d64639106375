/** Keys that are pressed within this time form one number. */
const KEYS_PAUSE_MS = 1_000;

/** Keys that the caller has pressed and the model was not told of. */
export class PressedKeys {
  pressed = '';
  private timer: NodeJS.Timeout | null = null;

  /** @param onNumber what was pressed is a number now */
  constructor(private readonly onNumber: () => void) {}

  /** None of a number that is still being pressed. */
  get areDue(): boolean {
    return this.pressed !== '' && !this.timer;
  }

  press(digit: string): void {
    this.pressed += digit;
    this.stop();
    if (digit === '#') this.onNumber();
    else
      this.timer = setTimeout(() => {
        this.timer = null;
        this.onNumber();
      }, KEYS_PAUSE_MS);
  }

  /** Pressed in an earlier session. */
  before(keys: string): void {
    this.pressed = keys + this.pressed;
  }

  /** What was pressed; nothing is left. */
  take(): string {
    const { pressed } = this;
    this.pressed = '';
    return pressed;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
