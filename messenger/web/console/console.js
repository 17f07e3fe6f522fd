import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { Role } from "../shared/contract.js";
import { Format } from "../shared/format.js";
import { clock, mark, person as personIcon } from "../shared/icons.js";
import { Session, demoWorld } from "../shared/session.js";
import { theme } from "../shared/theme.js";
import { entries, transcript } from "../shared/transcript.js";
import { Words } from "../shared/words.js";
import "./tasks.js";

const LOOK_EVERY_MS = 2_000;
const AGENTS = new Set([Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR]);
const session = new Session("assure.console");

/** Who waits for a person, what was said so far, and what else needs one; the desk's clock can be moved on. */
class AssureConsole extends LitElement {
  static properties = {
    words: { state: true },
    people: { state: true },
    queue: { state: true },
    tasks: { state: true },
    chosen: { state: true },
    read: { state: true },
    moving: { state: true },
    now: { state: true },
  };
  static styles = [
    theme,
    transcript,
    css`
      :host { display: block; }
      .top { display: flex; align-items: center; gap: 1rem; flex-wrap: wrap; padding: 0.7rem 1.25rem; background: var(--sheet); border-block-end: 1px solid var(--line); }
      .brand { display: flex; align-items: center; gap: 0.6rem; margin-inline-end: auto; }
      .brand span { display: grid; place-items: center; inline-size: 36px; block-size: 36px; border-radius: 10px; background: var(--hold); color: var(--on-hold); }
      h1 { font-size: 1.1rem; }
      h2 { font-size: 1rem; margin-block-end: 0.7rem; }
      .who { max-inline-size: 26rem; margin: 3rem auto; padding-inline: 1.25rem; }
      .desk { display: grid; grid-template-columns: minmax(16rem, 22rem) 1fr; gap: 1.5rem; padding: 1.25rem; }
      ul { padding: 0; list-style: none; display: grid; gap: 0.5rem; }
      .row { display: grid; gap: 0.1rem; inline-size: 100%; min-block-size: 52px; padding: 0.55rem 0.9rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); text-align: start; }
      .row:hover, .row[aria-pressed="true"] { border-color: var(--hold); background: var(--hold-soft); }
      .row small { color: var(--quiet); }
      .row .date { color: var(--date); }
      .entry .name { position: static; inline-size: auto; block-size: auto; clip-path: none; overflow: visible; grid-column: 1 / -1; font-size: 0.8rem; color: var(--quiet); }
      .entry[data-from="buyer"] .said, .entry[data-from="supplier"] .said { background: var(--hold-soft); border-color: transparent; }
      .quiet { color: var(--quiet); }
      .reading { max-inline-size: 46rem; }
      .read-only { margin-block-start: 1rem; padding: 0.6rem 0.9rem; border-radius: 12px; background: var(--date-soft); color: var(--date); font-size: 0.9rem; }
      .clock { display: flex; align-items: center; gap: 0.6rem; flex-wrap: wrap; font-size: 0.9rem; }
      .clock label { display: flex; align-items: center; gap: 0.4rem; color: var(--quiet); }
      input { inline-size: 5rem; min-block-size: 44px; padding-inline: 0.6rem; border: 1px solid var(--quiet); border-radius: 10px; background: var(--paper); }
      assure-tasks { grid-column: 1 / -1; }
      @media (max-width: 48rem) { .desk { grid-template-columns: 1fr; } }
    `,
  ];

  constructor() {
    super();
    this.words = null;
    this.people = [];
    this.queue = this.tasks = null;
    this.moving = null;
    this.tz = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  }

  async connectedCallback() {
    super.connectedCallback();
    const locale = navigator.language || "en";
    const [words, world] = await Promise.all([Words.load(location.origin, locale), demoWorld()]);
    this.words = words;
    this.people = world.people;
    this.lang = words.language;
    this.format = new Format({ language: words.language, locale, tz: this.tz, decimals: words.decimals });
    this.timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    await this.#look();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  render() {
    if (!this.words) return html`<slot></slot>`;
    const { say } = this.words;
    return html`${this.#top(say)} ${session.person ? this.#desk(say) : this.#who(say)}`;
  }

  #top(say) {
    const { person } = session;
    return html`<header class="top">
      <div class="brand"><span>${mark}</span><h1>${say("console.title")}</h1></div>
      ${person
        ? html`${this.#clock(say)}
            <p class="quiet">${personIcon} ${say("console.signed_in", { name: person.name, role: say(`console.role_${person.role}`) })}</p>
            <button class="button" @click=${this.#signOut}>${say("console.sign_out")}</button>`
        : nothing}
    </header>`;
  }

  #clock(say) {
    const told = { done: "advanced", failed: "failed", moving: "advancing" }[this.moving];
    return html`<form class="clock" aria-label=${say("console.clock")} @submit=${this.#advance}>
      <p class="quiet">${clock} ${this.now ? say("console.clock_is", { when: this.format.when(this.now) }) : say("console.clock")}</p>
      <label>${say("console.days")}<input name="days" type="number" min="1" max="365" value="3" required></label>
      <button class="button" ?disabled=${this.moving === "moving"}>${say("console.advance")}</button>
      <p role="status" class="quiet">${told ? say(`console.${told}`) : nothing}</p>
    </form>`;
  }

  #who(say) {
    const agents = this.people.filter(({ role }) => AGENTS.has(role));
    return html`<main class="who">
      <h2>${say("console.who")}</h2>
      <ul>
        ${agents.map(
          ({ person, name, role }) => html`<li><button class="row" @click=${() => this.#signIn(person)}>
            <span>${name}</span><small>${say(`console.role_${role}`)}</small></button></li>`,
        )}
      </ul>
    </main>`;
  }

  #desk(say) {
    return html`<main class="desk">
      <section aria-labelledby="queue">
        <h2 id="queue">${say("console.queue")}</h2>
        ${this.queue?.length ? html`<ul>${this.queue.map((each) => this.#row(each, say))}</ul>` : html`<p class="quiet">${say("console.empty")}</p>`}
      </section>
      <section aria-labelledby="reading" class="reading">
        <h2 id="reading">${say("console.transcript")}</h2>
        ${this.read ? this.#transcript(say) : html`<p class="quiet">${say("console.choose")}</p>`}
      </section>
      <assure-tasks
        .words=${this.words}
        .format=${this.format}
        .ask=${this.#ask}
        .me=${session.person.person}
        .now=${this.now}
        .tasks=${this.tasks}
        @changed=${this.#look}
      ></assure-tasks>
    </main>`;
  }

  #row({ conversation, person, account, since, reason }, say) {
    const why = this.words.has(`console.${reason}`) ? say(`console.${reason}`) : say("console.asked");
    const age = this.format.age(since, Date.parse(this.now ?? since));
    return html`<li>
      <button class="row" aria-pressed=${conversation === this.chosen} @click=${() => this.#choose(conversation)}>
        <span dir="auto">${person}</span>
        <small dir="auto">${account} · ${why}</small>
        <small class="date">${clock} ${say("console.since", { age })}</small>
      </button>
    </li>`;
  }

  #transcript(say) {
    const tools = { say, format: this.format, now: Date.parse(this.now) };
    const waits = this.queue?.some(({ conversation }) => conversation === this.chosen);
    return html`<div role="log" aria-label=${say("console.transcript")}>
        ${entries(this.read.events, { own: "agent", tools })}
      </div>
      <p class="read-only">${say(waits ? "console.read_only" : "console.gone")}</p>`;
  }

  async #get(path) {
    const token = await session.token();
    const answer = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
    const told = answer.ok ? await answer.json() : null;
    // What was asked in the name of somebody who has signed out since is nobody's now.
    if (token !== session.person?.token) return null;
    if (answer.status === 404 && path === "/api/console/conversations") this.#signOut();
    return told;
  }

  #look = async () => {
    const token = session.person?.token;
    if (!token || document.hidden) return;
    const queue = await this.#get("/api/console/conversations").catch(() => null);
    // Who has signed out meanwhile asks for nothing more.
    if (token !== session.person?.token) return;
    if (queue) {
      this.queue = queue.items;
      this.now = queue.now;
    }
    this.tasks = (await this.#get("/api/console/tasks").catch(() => null))?.items ?? this.tasks;
    const { chosen } = this;
    if (!chosen) return;
    const read = await this.#get(`/api/console/conversations/${chosen}`).catch(() => null);
    if (read && chosen === this.chosen) this.read = read;
  };

  /** The status of what was asked to be done, 0 where nobody answered. */
  #ask = async (path, body) => {
    const headers = { Authorization: `Bearer ${await session.token()}`, "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
    return answer?.status ?? 0;
  };

  async #choose(conversation) {
    this.chosen = conversation;
    await this.#look();
  }

  async #signIn(person) {
    await session.signIn(person);
    this.requestUpdate();
    await this.#look();
  }

  #signOut = () => {
    session.signOut();
    this.queue = this.tasks = this.chosen = this.read = this.moving = this.now = null;
    this.requestUpdate();
  };

  #advance = async (event) => {
    event.preventDefault();
    const days = event.target.elements.days.valueAsNumber;
    this.moving = "moving";
    const status = await this.#ask("/api/console/advance", { days });
    if (this.moving !== "moving") return;
    this.moving = status === 200 ? "done" : "failed";
    await this.#look();
  };
}

customElements.define("assure-console", AssureConsole);
