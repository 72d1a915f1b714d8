/** The part of a read model with one entry that the stores use. */
export class FakeModel<T> {
  #listener: ((key: string, value: T | null) => void) | undefined
  onChange = (listener: (key: string, value: T | null) => void): void => {
    this.#listener = listener
  }
  set(value: T | null): void {
    this.#listener?.('key', value)
  }
}
