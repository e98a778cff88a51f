// Numbers in a typed array that grows: a few bytes per record, without objects.
export interface Growing<A extends Float64Array | Uint32Array> {
  push(value: number): void;
  readonly length: number;
  /** The numbers so far, without copying. */
  view(): A;
}

export function growing<A extends Float64Array | Uint32Array>(make: (length: number) => A): Growing<A> {
  let values = make(1024);
  let length = 0;
  return {
    push(value) {
      if (length === values.length) {
        const wider = make(2 * length);
        wider.set(values as never);
        values = wider;
      }
      values[length++] = value;
    },
    get length() {
      return length;
    },
    view: () => values.subarray(0, length) as A,
  };
}
