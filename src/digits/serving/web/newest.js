// Answers that follow a pen: one question is on its way at a time, and of those that wait only the newest is asked.

export class Newest {
  #running = false;
  #waiting = null;

  /**
   * @param ask (question) → promise of an answer.
   * @param show (answer, question), never of an older question than the last one shown.
   * @param failed (error).
   * @param measured under which name the browser's own clock notes each answer, from the question to what is shown.
   */
  constructor(ask, show, failed, measured = null) {
    Object.assign(this, { ask, show, failed, measured });
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
        if (this.measured) performance.measure(this.measured, { start: since, end: performance.now() });
      } catch (error) {
        this.failed(error);
      }
    }
    this.#running = false;
  }
}
