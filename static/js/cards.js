// Cards of posts, fetched once: those that follow the open one are kept, so that work goes on where the line breaks.

export const KEPT = 25;

export class Cards {
  // `load(id)` fetches the card's HTML.
  constructor(load) {
    this.load = load;
    this.cards = new Map(); // id → promise of the HTML
    this.round = 0;
  }

  get(id) {
    const key = String(id);
    if (!this.cards.has(key)) {
      const asked = this.load(key);
      this.cards.set(key, asked);
      asked.catch(() => this.cards.delete(key));
    }
    return this.cards.get(key);
  }

  forget(id) {
    this.cards.delete(String(id));
  }

  clear() {
    this.cards.clear();
  }

  // Fetches these one after the other, until the line breaks or other ones are asked for.
  async keep(ids) {
    this.round += 1;
    const { round } = this;
    for (const id of ids) {
      if (round !== this.round) return;
      try {
        await this.get(id);
      } catch {
        return;
      }
    }
  }
}
