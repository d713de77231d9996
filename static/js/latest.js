// Answers can overtake each other: of several requests that fill the same list, only the last one may fill it.

export class Latest {
  // Runs `request(signal)` and cancels the one before. Gives null where a later request took its place.
  async run(request) {
    this.running?.abort();
    const mine = new AbortController();
    this.running = mine;
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
}
