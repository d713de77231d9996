// Answers can overtake each other: of several requests that fill the same list, only the last one may fill it.

const PATIENCE_MS = 60000; // after which an answer is no longer waited for

export class Latest {
  since = 0; // when the last request began

  // Runs `request(signal)` and cancels the one before. Gives null where a later request took its place.
  async run(request) {
    this.running?.abort();
    const mine = new AbortController();
    this.running = mine;
    this.since = Date.now();
    try {
      const answer = await request(mine.signal);
      return mine === this.running ? answer : null;
    } catch (error) {
      if (mine !== this.running) return null;
      throw error;
    } finally {
      if (mine === this.running) this.running = null;
    }
  }

  get busy() {
    return Boolean(this.running);
  }

  // Whether a request runs that may still be answered. What asks again by itself waits for it: where answers take longer than
  // the time between requests, each would cancel the one before, and none would ever come.
  get waits() {
    return this.busy && Date.now() - this.since < PATIENCE_MS;
  }
}

// Gives a function that asks soon after something changed: at most once in `gapMs`, not while an answer is on its way, and not
// for a change that a later request has brought already. `requests` are those that `ask` makes.
export const spaced = (requests, ask, gapMs) => {
  let changedAt = null;
  const later = () => setTimeout(follow, requests.waits ? gapMs : Math.max(0, gapMs - (Date.now() - requests.since)));
  const follow = () => {
    if (requests.waits) return later();
    const isBrought = requests.since > changedAt;
    changedAt = null;
    if (!isBrought) ask();
  };
  return () => {
    if (changedAt === null) later();
    changedAt = Date.now();
  };
};
