import { LitElement, createRef, html, nothing, ref, repeat } from "../vendor/lit.js";
import { Owner, SocketError } from "../shared/contract.js";
import { Format, directionOf } from "../shared/format.js";
import { alert, close, down, mark, send, talk } from "../shared/icons.js";
import { theme } from "../shared/theme.js";
import { entries, transcript } from "../shared/transcript.js";
import { LONGEST_TEXT, Transport } from "../shared/transport.js";
import { Words } from "../shared/words.js";
import { styles } from "./styles.js";

const NEAR_END_PX = 60;
// Refused for what it is: the same again would be refused again.
const HOPELESS = new Set([SocketError.BAD_FRAME, SocketError.TOO_LONG]);
const STATES = {
  [Owner.BOT]: "automatic",
  [Owner.WAITING]: "waiting",
  [Owner.AGENT]: "with_agent",
  [Owner.CLOSED]: "closed",
};

/**
 * The messenger as an element: `<assure-widget>` with the property `getToken`, an async function that gives a
 * session token or null for a visitor (`{renew: true}`: the last one has run out).
 */
export class AssureWidget extends LitElement {
  static properties = {
    gateway: {},
    open: { type: Boolean, reflect: true },
    words: { state: true },
    events: { state: true },
    typing: { state: true },
    problem: { state: true },
    atEnd: { state: true },
    unread: { state: true },
    visit: { state: true },
  };
  static styles = [theme, transcript, styles];

  #log = createRef();
  #field = createRef();
  #launcher = createRef();
  #told = 0;
  #top = 0;

  constructor() {
    super();
    this.gateway = location.origin;
    this.getToken = async () => null;
    this.open = false;
    this.words = null;
    this.visit = 0;
    this.#clear();
  }

  async connectedCallback() {
    super.connectedCallback();
    const locale = (navigator.language || "en").toLowerCase();
    this.tz = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    this.words = await Words.load(this.gateway, locale);
    const { language, decimals } = this.words;
    this.format = new Format({ language, locale: navigator.language, tz: this.tz, decimals });
    this.dir = directionOf(this.words.language);
    this.lang = this.words.language;
    await this.#begin();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.transport?.stop();
  }

  /** Whoever was here signs out: nothing of theirs stays, shown, kept or connected. */
  leave() {
    this.transport?.stop();
    this.transport?.forget();
    this.transport = null;
    this.open = false;
    this.#another();
  }

  /** Somebody else has signed in, or out. */
  async restart() {
    this.leave();
    // Before the words are there nothing has begun; when they are, it begins with the token of now.
    if (this.words) await this.#begin();
  }

  show() {
    this.open = true;
    this.updateComplete.then(() => this.#field.value?.focus());
  }

  /** Put words into the field; the person sends them. */
  suggest(text) {
    this.show();
    this.updateComplete.then(() => {
      this.#field.value.value = text;
      this.#grow();
    });
  }

  async #begin() {
    const url = new URL("/ws", this.gateway);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const about = { tz: this.tz, locale: this.words.language };
    this.transport = new Transport({ url, getToken: this.getToken, storage: sessionStorage, ...about });
    this.transport.addEventListener("change", () => this.requestUpdate());
    this.transport.addEventListener("event", ({ detail }) => this.#take(detail));
    this.transport.addEventListener("reset", () => this.#clear());
    this.transport.addEventListener("another", () => this.#another());
    this.transport.addEventListener("typing", ({ detail }) => (this.typing = detail.on));
    this.transport.addEventListener("refused", ({ detail }) => (this.problem = detail.code));
    await this.transport.start();
  }

  #clear() {
    this.events = [];
    this.typing = false;
    this.problem = null;
    this.atEnd = true;
    this.unread = 0;
    this.#told = 0;
  }

  /** All elements are made anew: a field keeps more than its value. */
  #another() {
    this.#clear();
    this.visit += 1;
  }

  #take(event) {
    this.events = [...this.events, event];
    if (event.from === this.side) this.problem = null;
    else if (this.transport.state === "ready" && !this.open) this.unread += 1;
  }

  get side() {
    return this.events.find(({ from }) => from === "buyer" || from === "supplier")?.from ?? "buyer";
  }

  willUpdate(changed) {
    if (changed.has("open") && this.open) this.unread = 0;
  }

  updated() {
    if (this.atEnd) this.#scrollToEnd();
    if (this.open && this.transport?.state === "ready" && this.transport.seq > this.#told) {
      this.#told = this.transport.seq;
      this.transport.read(this.#told);
    }
  }

  render() {
    if (!this.words) return nothing;
    return repeat([this.visit], (visit) => visit, () => this.#all(this.words));
  }

  #all({ say }) {
    return html`
      <button class="launcher" ${ref(this.#launcher)} aria-expanded=${this.open} aria-controls="panel" @click=${this.#toggle}>
        ${talk} <span>${say("widget.open")}</span>
        ${this.unread ? html`<span class="badge">${say("widget.unread", { n: this.unread })}</span>` : nothing}
      </button>
      <section id="panel" role="dialog" aria-label=${say("widget.title")} ?hidden=${!this.open} @keydown=${this.#key}>
        ${this.#head(say)} ${this.#line(say)} ${this.#events(say)} ${this.#composer(say)}
      </section>
    `;
  }

  #head(say) {
    const state = STATES[this.transport?.owner];
    return html`<div class="top">
      <span class="mark">${mark}</span>
      <div>
        <h2>${say("widget.title")}</h2>
        <p class="state" role="status">${say(`widget.${state ?? "automatic"}`)}</p>
      </div>
      <button class="plain" @click=${this.#hide} aria-label=${say("widget.close")}>${close}</button>
    </div>`;
  }

  /** What is wrong with the line, said once and only then. */
  #line(say) {
    const state = this.transport?.state;
    if (state === "unauthenticated") return html`<p class="line" role="alert">${alert} ${say("widget.sign_in_again")}</p>`;
    if (state === "waiting") {
      return html`<div class="line" role="status">
        ${alert} <span>${say("widget.offline")}</span>
        <button class="link" @click=${this.transport.wake}>${say("widget.try_now")}</button>
      </div>`;
    }
    return this.problem
      ? html`<p class="line" role="alert">${alert} ${say(`widget.${this.problem}`)}</p>`
      : nothing;
  }

  #events(say) {
    const now = Date.now() + (this.transport?.skew ?? 0);
    const tools = { say, format: this.format, now };
    const busy = this.transport?.state !== "ready";
    const options = (event) => this.#options(event);
    return html`<div class="scroll" ${ref(this.#log)} tabindex="0" @scroll=${this.#scrolled}
        role="log" aria-live="polite" aria-label=${say("widget.log")} aria-busy=${busy}>
        ${entries(this.events, { own: this.side, tools, options })}
        ${(this.transport?.outbox ?? []).map((item) => this.#unsent(item, say))}
        ${this.typing ? html`<p class="typing"><span class="hidden">${say("widget.typing")}</span><i></i><i></i><i></i></p>` : nothing}
      </div>
      ${this.atEnd
        ? nothing
        : html`<button class="newest" @click=${this.#toEnd}>${down} ${say("widget.latest")}</button>`}`;
  }

  /**
   * Buttons count while nothing newer was said; those of a notice, which comes unasked, until one was pressed or
   * the owner changed; the way back to the assistant for as long as one waits.
   */
  #options(event) {
    const options = event.body.options ?? [];
    if (!options.length) return nothing;
    const newer = this.events.some(({ seq, from }) => seq > event.seq && from === this.side);
    const pressed = this.transport.outbox.find(({ reply_id }) => options.some(({ id }) => id === reply_id));
    const waits = event.type === "owner" && event.body.owner === Owner.WAITING && this.#isNewestOwner(event);
    const open = event.type === "notice" ? !this.#isSpent(event, options) : !newer;
    const usable = !pressed && (waits ? this.transport.owner === Owner.WAITING : open && this.transport.owner === Owner.BOT);
    return html`<div class="choices">
      ${options.map(
        ({ id, title }, place) => html`<button class="button ${event.body.card === "quote" && place === 0 ? "main" : ""}"
          ?disabled=${!usable} @click=${() => this.#press(id, title)}>${title}</button>`,
      )}
    </div>`;
  }

  #isSpent(notice, options) {
    const later = this.events.filter(({ seq }) => seq > notice.seq);
    const titles = options.map(({ title }) => title);
    return later.some(({ type, from, body }) => type === "owner" || (from === this.side && titles.includes(body.text)));
  }

  #isNewestOwner = (event) => this.events.findLast(({ type }) => type === "owner") === event;

  #unsent(item, say) {
    const failed = item.state === "failed";
    return html`<article class="entry mine unsent">
      <div class="said"><p class="verbatim" dir="auto">${item.text ?? item.title}</p></div>
      <p class="fate">
        ${failed ? this.#failed(item, say) : say("widget.sending")}
      </p>
    </article>`;
  }

  #failed(item, say) {
    const { cid, code, text } = item;
    return html`${alert} ${say("widget.failed")}
      ${HOPELESS.has(code)
        ? nothing
        : html`<button class="link" @click=${() => this.transport.retry(cid)}>${say("widget.again")}</button>`}
      ${text === undefined
        ? nothing
        : html`<button class="link" @click=${() => this.#change(item)}>${say("widget.change")}</button>`}
      <button class="link" @click=${() => this.transport.remove(cid)}>${say("widget.remove")}</button>`;
  }

  /** Back into the field, before what is being written there. */
  #change({ cid, text }) {
    const field = this.#field.value;
    field.value = [text, field.value].filter(Boolean).join("\n");
    this.problem = null;
    this.transport.remove(cid);
    this.#grow();
    field.focus();
  }

  #composer(say) {
    return html`<form @submit=${this.#submit}>
      <label class="hidden" for="text">${say("widget.write")}</label>
      <textarea id="text" rows="1" maxlength=${LONGEST_TEXT} dir="auto" enterkeyhint="send" autocomplete="off"
        placeholder=${say("widget.write")} title=${say("widget.hint")} ${ref(this.#field)}
        @keydown=${this.#enter} @input=${this.#grow}></textarea>
      <button class="button main send" aria-label=${say("widget.send")}>${send}</button>
    </form>`;
  }

  #toggle = () => (this.open ? this.#hide() : this.show());

  #hide = () => {
    this.open = false;
    this.updateComplete.then(() => this.#launcher.value?.focus());
  };

  #key = (event) => {
    if (event.key === "Escape") this.#hide();
  };

  #enter = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit(event);
  };

  #submit = (event) => {
    event.preventDefault();
    const field = this.#field.value;
    if (!this.transport || !field.value.trim()) return;
    this.problem = null;
    this.atEnd = true;
    this.transport.sendText(field.value);
    field.value = "";
    this.#grow();
  };

  #press(id, title) {
    this.problem = null;
    this.atEnd = true;
    this.transport.press(id, title);
    this.#field.value.focus();
  }

  #grow = () => {
    const field = this.#field.value;
    field.rows = Math.min(5, Math.max(1, field.value.split("\n").length, Math.ceil(field.value.length / 38)));
  };

  /** Only a move upwards leaves the end: the same event also comes when something is added below. */
  #scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = this.#log.value;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.atEnd = true;
    else if (scrollTop < this.#top) this.atEnd = false;
    this.#top = scrollTop;
  };

  #scrollToEnd() {
    const log = this.#log.value;
    if (log) log.scrollTop = log.scrollHeight;
  }

  #toEnd = () => {
    this.atEnd = true;
    this.#field.value.focus();
  };
}

customElements.define("assure-widget", AssureWidget);
