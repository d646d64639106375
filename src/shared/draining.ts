/** Whether this process is on its way out: it finishes what it has and takes nothing new. */
export class Draining {
  private started = false;

  get active(): boolean {
    return this.started;
  }

  start(): void {
    this.started = true;
  }
}
