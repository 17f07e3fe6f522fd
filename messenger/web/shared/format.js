// Money and dates as a person reads them. Money comes as {minor, currency}, instants as ISO in UTC.

const DAY_MS = 86_400_000;

export class Format {
  constructor({ language, locale, tz, decimals }) {
    // The language of the words with the country of the reader, where both are of one language.
    this.locale = locale?.split("-")[0] === language ? locale : language;
    // Days stand before months, as in the sentences of the desk.
    this.dates = language === "en" ? "en-GB" : this.locale;
    this.tz = tz;
    this.decimals = decimals;
  }

  /** Dollars always with their country. */
  money = ({ minor, currency }) => {
    const places = this.decimals[currency] ?? 2;
    const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
    const format = new Intl.NumberFormat(this.locale, { style: "currency", currency, ...digits });
    const shown = format.format(minor / 10 ** places);
    return shown.replace(/(?<![A-Z])\$/, `${currency.slice(0, 2)}$`);
  };

  day(instant, { zone = this.tz, year = false } = {}) {
    const parts = { weekday: "short", day: "numeric", month: "short", timeZone: zone };
    return this.#date(instant, year ? { ...parts, year: "numeric" } : parts);
  }

  longDay(instant) {
    return this.#date(instant, { weekday: "long", day: "numeric", month: "long", timeZone: this.tz });
  }

  time(instant, zone = this.tz) {
    return this.#date(instant, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  }

  when(instant) {
    return `${this.day(instant)}, ${this.time(instant)}`;
  }

  /** An exclusive end as the last minute before it, in the zone by whose day it counts. */
  until(instant, zone) {
    const last = new Date(Date.parse(instant) - 60_000);
    const place = (zone ?? this.tz).split("/").pop().replaceAll("_", " ");
    return { day: this.day(last, { zone, year: true }), time: this.time(last, zone), place };
  }

  /** Whole days and hours, as in "in 18 days"; `now` in ms. */
  relative(instant, now) {
    const ms = Date.parse(instant) - now;
    const format = new Intl.RelativeTimeFormat(this.locale, { numeric: "always" });
    if (Math.abs(ms) >= 2 * DAY_MS) return format.format(Math.trunc(ms / DAY_MS), "day");
    if (Math.abs(ms) >= 5_400_000) return format.format(Math.trunc(ms / 3_600_000), "hour");
    return format.format(Math.trunc(ms / 60_000), "minute");
  }

  /** How long something has lasted, as in "3 hours" or "2 days"; at least a minute. */
  age(since, now) {
    const minutes = Math.max(1, (now - Date.parse(since)) / 60_000);
    const [n, unit] =
      minutes < 60 ? [minutes, "minute"] : minutes < 2880 ? [minutes / 60, "hour"] : [minutes / 1440, "day"];
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" }).format(Math.trunc(n));
  }

  sameDay(a, b) {
    return this.#date(a, { dateStyle: "short", timeZone: this.tz }) === this.#date(b, { dateStyle: "short", timeZone: this.tz });
  }

  #date(instant, options) {
    return new Intl.DateTimeFormat(this.dates, options).format(new Date(instant));
  }
}

const RIGHT_TO_LEFT = new Set(["ar", "arc", "dv", "fa", "ha", "he", "khw", "ks", "ku", "ps", "sd", "ur", "yi"]);

export const directionOf = (locale) => (RIGHT_TO_LEFT.has(locale.split("-")[0]) ? "rtl" : "ltr");
