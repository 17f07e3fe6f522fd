// Made by `python -m contract.page` from contract/codes.py; a change belongs there.

export const Role = Object.freeze({
  BUYER: "buyer",
  SUPPLIER: "supplier",
  AGENT: "agent",
  MEDIATOR: "mediator",
  SUPERVISOR: "supervisor",
  MARKETPLACE: "marketplace",
  MESSENGER: "messenger",
  EXECUTOR: "executor",
});

export const Owner = Object.freeze({
  BOT: "bot",
  WAITING: "waiting",
  AGENT: "agent",
  CLOSED: "closed",
});

export const ClaimState = Object.freeze({
  AWAITING_SUPPLIER: "awaiting_supplier",
  NEGOTIATING: "negotiating",
  IN_MEDIATION: "in_mediation",
  CLOSED_PAID: "closed_paid",
});

export const InstructionState = Object.freeze({
  PENDING: "pending",
  SETTLED: "settled",
  FAILED: "failed",
  RETURNED: "returned",
  UNKNOWN: "unknown",
  REPLACED: "replaced",
  STOPPED: "stopped",
});

export const SocketError = Object.freeze({
  UNAUTHENTICATED: "unauthenticated",
  BAD_FRAME: "bad_frame",
  TOO_LONG: "too_long",
  RATE_LIMITED: "rate_limited",
  NOT_FOUND: "not_found",
  EXPIRED_REPLY: "expired_reply",
  STALE: "stale",
  NOT_OWNER: "not_owner",
});
