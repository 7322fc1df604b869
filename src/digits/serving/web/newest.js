// Answers that follow a pen: one question is on its way at a time, and of those that wait only the newest is asked.

export class Newest {
  #running = false;
  #waiting = null;

  /**
   * @param ask (question) → promise of an answer.
   * @param show (answer, question), never of an older question than the last one shown.
   * @param failed (error).
   */
  constructor(ask, show, failed) {
    Object.assign(this, { ask, show, failed });
  }

  put(question) {
    this.#waiting = { question, since: performance.now() };
    if (!this.#running) this.#run();
  }

  async #run() {
    this.#running = true;
    while (this.#waiting) {
      const { question, since } = this.#waiting;
      this.#waiting = null;
      try {
        const answer = await this.ask(question);
        this.show(answer, question);
        performance.measure("answer", { start: since, end: performance.now() });
      } catch (error) {
        this.failed(error);
      }
    }
    this.#running = false;
  }
}
