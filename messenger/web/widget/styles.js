import { css } from "../vendor/lit.js";

export const styles = css`
  .launcher { position: fixed; inset-block-end: 1.25rem; inset-inline-end: 1.25rem; z-index: 10; display: flex; align-items: center; gap: 0.6rem; min-block-size: 56px; padding-inline: 1.3rem; border: 0; border-radius: 99px; background: var(--hold); color: var(--on-hold); font-weight: 600; box-shadow: var(--shadow); }
  :host([open]) .launcher { visibility: hidden; }
  .badge { padding: 0.1rem 0.6rem; border-radius: 99px; background: var(--date-soft); color: var(--date); font-size: 0.8rem; }
  #panel { position: fixed; inset-block-end: 1.25rem; inset-inline-end: 1.25rem; z-index: 11; display: grid; grid-template: auto auto 1fr auto / minmax(0, 1fr); inline-size: 26rem; block-size: min(44rem, calc(100dvh - 2.5rem)); overflow: hidden; border: 1px solid var(--line); border-radius: 18px; background: var(--paper); box-shadow: var(--shadow); }
  #panel > * { grid-column: 1; }
  .top { grid-row: 1; display: grid; grid-template-columns: auto 1fr auto; align-items: center; gap: 0.75rem; padding: 0.7rem 0.9rem; background: var(--sheet); border-block-end: 1px solid var(--line); }
  .mark { display: grid; place-items: center; inline-size: 40px; block-size: 40px; border-radius: 12px; background: var(--hold); color: var(--on-hold); }
  h2 { font-size: 1rem; line-height: 1.25; }
  .state { font-size: 0.82rem; color: var(--quiet); }
  .plain { display: grid; place-items: center; inline-size: 44px; block-size: 44px; border: 0; border-radius: 12px; background: none; }
  .plain:hover { background: var(--hold-soft); }
  .line { grid-row: 2; padding: 0.5rem 0.9rem; background: var(--date-soft); color: var(--date); font-size: 0.88rem; }
  .line .link { color: inherit; }
  .scroll { grid-row: 3; overflow-y: auto; overscroll-behavior: contain; padding: 0.4rem 0.9rem 0.8rem; }
  .scroll:focus-visible { outline-offset: -3px; }
  .unsent .said { opacity: 0.75; }
  .fate { font-size: 0.78rem; color: var(--quiet); }
  .newest { grid-row: 3; align-self: end; justify-self: center; z-index: 1; margin-block-end: 0.5rem; min-block-size: 36px; padding: 0.25rem 0.9rem; border: 1px solid var(--line); border-radius: 99px; background: var(--sheet); box-shadow: var(--shadow); font-size: 0.85rem; }
  .typing { display: flex; gap: 5px; padding: 0.6rem 0.4rem; }
  .typing i { inline-size: 8px; block-size: 8px; border-radius: 50%; background: var(--quiet); opacity: 0.5; }
  form { grid-row: 4; display: grid; grid-template-columns: 1fr auto; gap: 0.5rem; align-items: end; padding: 0.6rem 0.7rem; padding-block-end: max(0.6rem, env(safe-area-inset-bottom)); background: var(--sheet); border-block-start: 1px solid var(--line); }
  textarea { resize: none; min-block-size: 44px; padding: 0.6rem 0.8rem; border: 1px solid var(--quiet); border-radius: 12px; background: var(--paper); font-size: 1rem; line-height: 1.4; }
  textarea::placeholder { color: var(--quiet); opacity: 1; }
  .send { display: grid; place-items: center; inline-size: 44px; padding: 0; }
  @media (prefers-reduced-motion: no-preference) {
    .typing i { animation: beat 1.2s infinite; }
    .typing i:nth-of-type(2) { animation-delay: 0.15s; }
    .typing i:nth-of-type(3) { animation-delay: 0.3s; }
    @keyframes beat { 30% { opacity: 1; transform: translateY(-3px); } 60% { opacity: 0.5; } }
  }
  @media (max-width: 32rem) {
    #panel { inset: 0; inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; }
  }
`;
