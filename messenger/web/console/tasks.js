import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { alert, clock } from "../shared/icons.js";
import { theme } from "../shared/theme.js";

/** What needs a person of the desk, oldest first: to be taken, and to be called done with a reason.
 *
 * `ask(path, body)` gives the answer's status; what was done is told by a `changed` event.
 */
class AssureTasks extends LitElement {
  static properties = {
    words: { attribute: false },
    format: { attribute: false },
    ask: { attribute: false },
    me: { attribute: false },
    now: { attribute: false },
    tasks: { attribute: false },
    closing: { state: true },
    told: { state: true },
  };
  static styles = [
    theme,
    css`
      :host { display: block; }
      h2 { font-size: 1rem; margin-block-end: 0.7rem; }
      ul { padding: 0; list-style: none; display: grid; gap: 0.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
      li { display: grid; gap: 0.2rem; align-content: start; padding: 0.7rem 0.9rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); }
      .why { font-weight: 600; }
      small { color: var(--quiet); }
      .date { color: var(--date); }
      .deeds, form { display: flex; gap: 0.5rem; flex-wrap: wrap; align-items: end; margin-block-start: 0.4rem; }
      label { display: grid; gap: 0.2rem; flex: 1 1 14rem; font-size: 0.9rem; color: var(--quiet); }
      input { inline-size: 100%; min-block-size: 44px; padding-inline: 0.6rem; border: 1px solid var(--quiet); border-radius: 10px; background: var(--paper); color: var(--ink); }
      .quiet { color: var(--quiet); }
      [role="status"] { min-block-size: 1.5rem; color: var(--date); }
    `,
  ];

  constructor() {
    super();
    this.tasks = null;
    this.closing = this.told = null;
  }

  render() {
    if (!this.tasks) return nothing;
    const { say } = this.words;
    return html`<section aria-labelledby="tasks">
      <h2 id="tasks">${say("console.tasks")}</h2>
      ${this.tasks.length
        ? html`<ul>${this.tasks.map((task) => this.#task(task, say))}</ul>`
        : html`<p class="quiet">${say("console.no_tasks")}</p>`}
      <p role="status">${this.told ? say(this.told) : nothing}</p>
    </section>`;
  }

  #task(task, say) {
    const age = this.format.age(task.since, Date.parse(this.now ?? task.since));
    const mine = task.taken_by === this.me;
    return html`<li>
      <span class="why">${alert} ${say(`console.why.${task.why}`)}</span>
      <small><span class="id">${task.order}</span>${task.entity === task.order ? nothing : html` · <span class="id">${task.entity}</span>`}</small>
      <small>${say("console.task_for", { role: say(`console.role_${task.role}`) })}</small>
      <small class="date">${clock} ${say("console.since_task", { age })}</small>
      ${task.taken_by ? html`<small>${mine ? say("console.task_mine") : say("console.task_of", { name: task.taken_by })}</small>` : nothing}
      ${task.taken_by && !mine ? nothing : this.closing === task.id ? this.#reason(task, say) : this.#deeds(task, mine, say)}
    </li>`;
  }

  #deeds(task, mine, say) {
    return html`<div class="deeds">
      ${mine ? nothing : html`<button class="button" @click=${() => this.#do(task, "take", {})}>${say("console.take")}</button>`}
      <button class="button" @click=${() => (this.closing = task.id)}>${say("console.done")}</button>
    </div>`;
  }

  #reason(task, say) {
    return html`<form @submit=${(event) => this.#close(event, task)}>
      <label>${say("console.because")}<input name="because" required maxlength="200" autocomplete="off"></label>
      <button class="button main">${say("console.done")}</button>
      <button class="button" type="button" @click=${() => (this.closing = null)}>${say("console.leave")}</button>
    </form>`;
  }

  updated(changed) {
    if (changed.has("closing") && this.closing) this.renderRoot.querySelector("form input")?.focus();
  }

  async #close(event, task) {
    event.preventDefault();
    const because = event.target.elements.because.value.trim();
    if (because) await this.#do(task, "done", { because });
  }

  async #do(task, deed, body) {
    this.told = null;
    const status = await this.ask(`/api/console/tasks/${task.id}/${deed}`, body);
    this.told = status === 200 ? null : status === 409 ? "console.task_gone" : "console.failed";
    this.closing = null;
    this.dispatchEvent(new CustomEvent("changed"));
  }
}

customElements.define("assure-tasks", AssureTasks);
