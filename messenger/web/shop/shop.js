import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { Role } from "../shared/contract.js";
import { mark } from "../shared/icons.js";
import { Session, demoWorld } from "../shared/session.js";
import { whole } from "../shared/text.js";
import { theme } from "../shared/theme.js";
import { Words } from "../shared/words.js";
import "../widget/assure-widget.js";

const session = new Session("assure.session");

/** The page around the widget: who one is in the demo world, and what one could ask. */
class AssureShop extends LitElement {
  static properties = { words: { state: true }, world: { state: true }, choosing: { state: true } };
  static styles = [
    theme,
    css`
      :host { display: block; }
      .page { max-inline-size: 64rem; margin-inline: auto; padding: 1.25rem 1.25rem 7rem; }
      .top { display: flex; align-items: center; justify-content: space-between; gap: 1rem; flex-wrap: wrap; }
      .brand { display: flex; align-items: center; gap: 0.6rem; font-weight: 700; font-size: 1.15rem; }
      .brand span { display: grid; place-items: center; inline-size: 36px; block-size: 36px; border-radius: 10px; background: var(--hold); color: var(--on-hold); }
      .tag { color: var(--quiet); font-size: 0.95rem; }
      h1 { margin-block: clamp(2rem, 7vw, 4.5rem) 1rem; max-inline-size: 18ch; font-family: Georgia, "Noto Serif", serif; font-weight: 500; font-size: clamp(2.1rem, 6vw, 3.6rem); line-height: 1.08; text-wrap: balance; }
      .lead { max-inline-size: 52ch; font-size: 1.1rem; color: var(--quiet); }
      .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 2.5rem; margin-block-start: 3rem; }
      h2 { font-size: 1.05rem; margin-block-end: 0.35rem; }
      .note { color: var(--quiet); font-size: 0.9rem; margin-block-end: 0.9rem; }
      ul { padding: 0; list-style: none; display: grid; gap: 0.5rem; }
      .row { display: grid; align-items: center; inline-size: 100%; min-block-size: 52px; padding: 0.5rem 0.9rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); text-align: start; }
      .row:hover { border-color: var(--hold); }
      .row small { color: var(--quiet); font-size: 0.85rem; }
      .row[aria-pressed="true"] { border: 2px solid var(--hold); background: var(--hold-soft); }
      .signed { display: flex; align-items: center; gap: 0.6rem; flex-wrap: wrap; }
      footer { margin-block-start: 3.5rem; padding-block-start: 1rem; border-block-start: 1px solid var(--line); color: var(--quiet); font-size: 0.88rem; display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; justify-content: space-between; }
      a { color: var(--hold); }
    `,
  ];

  constructor() {
    super();
    this.words = null;
    this.world = { people: [], asks: [] };
  }

  async connectedCallback() {
    super.connectedCallback();
    this.widget.getToken = session.token;
    [this.words, this.world] = await Promise.all([Words.load(location.origin, navigator.language || "en"), demoWorld()]);
    this.lang = this.words.language;
  }

  get widget() {
    return document.querySelector("assure-widget");
  }

  render() {
    if (!this.words) return html`<slot></slot>`;
    const { say } = this.words;
    return html`<div class="page">
      <header class="top">
        <p class="brand"><span>${mark}</span> ${say("page.name")}</p>
        <p class="tag">${say("page.tag")}</p>
      </header>
      <main>
        <h1>${say("page.title")}</h1>
        <p class="lead">${say("page.lead")}</p>
        <div class="columns">
          ${this.world.people.length ? this.#who(say) : nothing}
          <section aria-labelledby="try">
            <h2 id="try">${say("page.try")}</h2>
            <p class="note">${this.#signedIn(say)}</p>
            <ul>
              ${this.world.asks.map(
                (text) => html`<li><button class="row" @click=${() => this.widget.suggest(text)}><span>${whole(text)}</span></button></li>`,
              )}
            </ul>
          </section>
        </div>
      </main>
      <footer>
        <p>${say("page.not")}</p>
        <p>${say("page.agents")} <a href="/console">${say("page.to_console")}</a></p>
      </footer>
    </div>`;
  }

  #signedIn(say) {
    const { person } = session;
    return person
      ? say("page.signed_in", { name: person.name, account: person.account_name })
      : say("page.as_visitor");
  }

  #who(say) {
    const customers = this.world.people.filter(({ role }) => role === Role.BUYER || role === Role.SUPPLIER);
    const now = session.person?.person ?? null;
    return html`<section aria-labelledby="who">
      <h2 id="who">${say("page.who")}</h2>
      <p class="note">${say("page.who_note")}</p>
      <ul>
        ${customers.map(
          ({ person, name, account_name, role }) => html`<li>
            <button class="row" aria-pressed=${now === person} @click=${() => this.#become(person)}>
              <span>${name}</span><small>${account_name} · ${say(`page.role_${role}`)}</small>
            </button>
          </li>`,
        )}
        <li>
          <button class="row" aria-pressed=${now === null} @click=${() => this.#become(null)}>
            <span>${say("page.visitor")}</span><small>${say("page.visitor_note")}</small>
          </button>
        </li>
      </ul>
    </section>`;
  }

  async #become(person) {
    this.widget.leave();
    session.signOut();
    this.requestUpdate();
    // Without an answer they stay a visitor, as the page says.
    const overtaken = person && (await session.signIn(person).catch(() => true)) === false;
    if (overtaken) return;
    this.requestUpdate();
    await this.widget.restart();
    this.widget.show();
  }
}

customElements.define("assure-shop", AssureShop);
