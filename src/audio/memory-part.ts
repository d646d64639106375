/** The beginning of a memory's part. Its length is mostly the same as before: then no new array is made. */
export class MemoryPart {
  private latest: Uint8Array<ArrayBuffer>;

  constructor(
    private readonly bytes: Uint8Array<ArrayBuffer>,
    private readonly place: number,
  ) {
    this.latest = bytes.subarray(place, place);
  }

  /** The first `length` bytes, which are others as soon as the memory is used again. */
  first(length: number): Uint8Array<ArrayBuffer> {
    if (this.latest.length !== length) {
      this.latest = this.bytes.subarray(this.place, this.place + length);
    }
    return this.latest;
  }
}
