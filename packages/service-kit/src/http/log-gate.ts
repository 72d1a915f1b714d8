/** Lets so many lines a second through, and tells with the next one how many it held back. */
export class LogGate {
  readonly #perSecond: number
  readonly #now: () => number
  #second = -1
  #passed = 0
  #suppressed = 0

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
  }

  pass(write: (suppressed: number) => void): void {
    const second = Math.floor(this.#now() / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#passed = 0
    }
    if (this.#passed >= this.#perSecond) {
      this.#suppressed += 1
      return
    }
    this.#passed += 1
    write(this.#suppressed)
    this.#suppressed = 0
  }
}
