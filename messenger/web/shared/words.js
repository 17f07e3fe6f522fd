// The words of the page, from the same catalogue that the desk speaks from.

const PLACE = /\{([\w.]+)(?::plural:([^}]*))?\}/g;

export class Words {
  #words;

  constructor(language, words, decimals) {
    this.language = language;
    this.decimals = decimals;
    this.#words = words;
    this.plurals = new Intl.PluralRules(language);
    this.numbers = new Intl.NumberFormat(language);
  }

  static async load(gateway, locale) {
    const answer = await fetch(new URL(`/api/words/${encodeURIComponent(locale)}`, gateway));
    if (!answer.ok) throw new Error(`words: ${answer.status}`);
    const { language, words, decimals } = await answer.json();
    return new Words(language, words, decimals);
  }

  has(key) {
    return key in this.#words;
  }

  /** The words at `key` with `facts` in their places. Plural forms stand in the order of Unicode's rules. */
  say = (key, facts = {}) =>
    (this.#words[key] ?? key).replace(PLACE, (_, name, forms) =>
      forms ? this.#form(facts[name], forms.split("|")) : this.#plain(facts[name]),
    );

  #form(n, forms) {
    const order = ["zero", "one", "two", "few", "many", "other"];
    const known = order.filter((tag) => this.plurals.resolvedOptions().pluralCategories.includes(tag));
    return forms[known.indexOf(this.plurals.select(n))] ?? forms.at(-1);
  }

  #plain(fact) {
    return typeof fact === "number" ? this.numbers.format(fact) : String(fact ?? "");
  }
}
