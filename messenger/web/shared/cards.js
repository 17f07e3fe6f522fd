import { html, nothing } from "../vendor/lit.js";
import { ClaimState, InstructionState } from "./contract.js";
import { check, clock, cross } from "./icons.js";

// Escrow's answers as small tables. The words above a card say the same in a sentence, so a card is for the eye.

export function card({ card: kind, facts }, { say, format, now }) {
  const draw = { order, claim, verdict, quote }[kind];
  return draw ? html`<div class="card">${draw(facts, { say, format, now })}</div>` : nothing;
}

function order(facts, tools) {
  const { say, format } = tools;
  const { money } = facts;
  return html`
    ${head(say("widget.card.order"), facts.id)}
    <p dir="auto" class="what">${facts.lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(", ")}</p>
    ${steps(facts, say)}
    ${rows([
      [say("widget.card.total"), format.money(facts.total)],
      ...parts(facts, tools),
      money.held.minor ? [say("widget.card.held"), format.money(money.held)] : null,
      money.on_claim.minor ? [say("widget.card.on_claim"), format.money(money.on_claim)] : null,
      money.released.minor ? [say("widget.card.released"), format.money(money.released)] : null,
      money.refunded.minor ? [say(isOnItsWay(facts.refund) ? "widget.card.refunding" : "widget.card.refunded"), format.money(money.refunded)] : null,
      facts.place ? [say("widget.card.place"), bdi([facts.place.incoterm, facts.place.name].filter(Boolean).join(" "))] : null,
      ...moments(facts, tools),
    ])}
    ${shipments(facts, tools)}
  `;
}

const isOnItsWay = (refund) => refund && refund.state !== InstructionState.SETTLED;

/** Paid in two parts: what each is, as long as not all is paid. */
function parts({ deposit, money, total }, { say, format }) {
  if (!deposit || money.paid.minor >= total.minor) return [];
  const due = deposit.balance_due && dated(format.when(deposit.balance_due));
  return [
    [say("widget.card.deposit"), format.money(deposit.amount)],
    money.paid.minor ? [say("widget.card.paid"), format.money(money.paid)] : null,
    [say("widget.card.balance"), html`${format.money(deposit.balance)} ${due ?? nothing}`],
  ];
}

/** When the money leaves escrow, until when a claim is possible or from what its days count; and what is due else. */
function moments(facts, tools) {
  const { say, format, now } = tools;
  const { release_at: release, refund_at: refund, claim_until: until, next: wait } = facts;
  const isShown = [release, refund, until?.at].includes(wait?.by);
  const ahead = until && Date.parse(until.at) > now;
  const isToCome = wait?.by && !facts.delivered_at && !ahead;
  return [
    isShown ? null : next(wait, tools),
    refund ? [say("widget.card.refund"), html`${dated(format.when(refund))} ${relative(refund, tools)}`] : null,
    release ? [say("widget.card.release"), html`${dated(format.when(release))} ${relative(release, tools)}`] : null,
    ahead ? [say("widget.card.claim_until"), html`${dated(say("widget.card.until_is", format.until(until.at, until.zone)))} ${relative(until.at, tools)}`] : null,
    isToCome ? [say("widget.card.claim_days"), say(facts.place?.name ? "widget.card.days_at" : "widget.card.days", { n: facts.claim_days, place: facts.place?.name })] : null,
  ];
}

/** What went together, where it is more than one parcel or it can be followed. */
function shipments({ shipments: sent = [], lines }, { say, format }) {
  if (!sent.length) return nothing;
  const title = (line) => lines.find(({ line: n }) => n === line)?.title ?? "";
  return html`<p class="head">${say("widget.card.shipments")}</p>
    <ol class="shipments">
      ${sent.map(
        ({ lines: of, carrier, tracking, shipped_at: left, delivered_at: there }) => html`<li class=${there ? "done" : ""}>
          <span dir="auto">${of.map(({ line, quantity }) => `${quantity} × ${title(line)}`).join(", ")}</span>
          <span class="quiet">
            ${carrier || tracking ? bdi([carrier, tracking].filter(Boolean).join(" ")) : nothing}
            ${there ? say("widget.card.arrived_on", { day: format.day(there) }) : say("widget.card.left_on", { day: format.day(left) })}
          </span>
        </li>`,
      )}
    </ol>`;
}

function steps(facts, say) {
  const done = { paid: facts.paid_at, shipped: facts.shipped_at, delivered: facts.delivered_at };
  const passed = { ...done, released: facts.money.released.minor > 0 };
  return html`<ol class="steps">
    ${Object.entries(passed).map(
      ([name, at]) => html`<li class=${at ? "done" : ""}>${at ? check : nothing}${say(`widget.step.${name}`)}</li>`,
    )}
  </ol>`;
}

function claim(facts, tools) {
  const { say, format } = tools;
  return html`
    ${head(say("widget.card.claim"), facts.id)}
    ${rows([
      [say("widget.card.order"), bdi(facts.order)],
      [say("widget.card.state"), say(`claim.state.${facts.state}`)],
      [say("widget.card.reason"), say(`reason.${facts.reason}`)],
      [say("widget.card.amount"), format.money(facts.amount)],
      [say("widget.card.held_for"), format.money(facts.held)],
      next(facts.next, tools),
    ])}
  `;
}

function verdict(facts, { say, format }) {
  const code = facts.facts.hypothetical ? "supposed" : facts.eligible ? "eligible" : "not_eligible";
  // No, and the day is still to come: from its end on.
  const waits = !facts.eligible && Date.parse(facts.deadline) > Date.parse(facts.facts.now);
  const until = facts.deadline && say("widget.card.until_is", format.until(facts.deadline, facts.deadline_zone));
  return html`
    ${head(say("widget.card.verdict"), facts.facts.order)}
    <p class="answer ${facts.eligible ? "yes" : "no"}">${facts.eligible ? check : cross} ${say(`widget.card.${code}`)}</p>
    ${rows([
      until ? [say(waits ? "widget.card.after" : "widget.card.until"), dated(until)] : null,
      facts.eligible && !until ? [say("widget.card.until"), say("widget.card.not_there")] : null,
      until ? counted(facts.facts, { say, format }) : null,
      facts.max_amount.minor ? [say("widget.card.up_to"), format.money(facts.max_amount)] : null,
    ])}
  `;
}

/** How many days a claim has from the delivery on; before it they do not count. */
function counted({ window_days: n, delivered_at: there }, { say, format }) {
  if (!there) return null;
  return [say("widget.card.counted"), say("widget.card.from_delivery", { n, day: format.day(there) })];
}

function quote(facts, { say, format }) {
  const { effect, preview = {} } = facts;
  return html`
    ${head(say("widget.card.quote"), facts.claim ?? facts.order)}
    ${rows([
      facts.claim && effect.new_state === ClaimState.IN_MEDIATION ? [say("widget.card.goes_to"), say("widget.card.mediation")] : null,
      effect.amount ? [say("widget.card.amount"), format.money(effect.amount)] : null,
      effect.reason ? [say("widget.card.reason"), say(`reason.${effect.reason}`)] : null,
      effect.held?.minor ? [say(effect.amount ? "widget.card.held_for" : "widget.card.held"), format.money(effect.held)] : null,
      preview.release_at ? [say("widget.card.release"), dated(format.when(preview.release_at))] : null,
      preview.receipt_at ? [say("widget.card.receipt"), dated(format.when(preview.receipt_at))] : null,
      [say("widget.card.expires"), dated(format.time(facts.expires_at))],
    ])}
  `;
}

function next(wait, { say, format, now }) {
  if (!wait?.by) return null;
  const at = wait.by_zone
    ? say("widget.card.until_is", format.until(wait.by, wait.by_zone))
    : format.when(wait.by);
  return [say("widget.card.next"), html`${dated(at)} ${relative(wait.by, { format, now })}`];
}

const relative = (instant, { format, now }) => html`<span class="quiet">${format.relative(instant, now)}</span>`;
const bdi = (text) => html`<bdi>${text}</bdi>`;
const dated = (text) => html`<span class="date">${clock} ${text}</span>`;
const head = (what, id) => html`<p class="head"><span>${what}</span> <bdi>${id}</bdi></p>`;
const rows = (each) => {
  const known = each.filter(Boolean);
  return known.length
    ? html`<dl>${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    : nothing;
};
