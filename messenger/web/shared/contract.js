// Made by `python -m contract.page` from contract/codes.py; a change belongs there.

export const Role = Object.freeze({
  BUYER: "buyer",
  SUPPLIER: "supplier",
  AGENT: "agent",
  MEDIATOR: "mediator",
  SUPERVISOR: "supervisor",
  SERVICE: "service",
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

export const OrderState = Object.freeze({
  DRAFT: "draft",
  AWAITING_PAYMENT: "awaiting_payment",
  PAYMENT_PROCESSING: "payment_processing",
  PARTLY_FUNDED: "partly_funded",
  FUNDED: "funded",
  SHIPPED: "shipped",
  DELIVERED: "delivered",
  RELEASING: "releasing",
  COMPLETED: "completed",
  CLOSED: "closed",
  CANCELLED: "cancelled",
});

export const ClaimState = Object.freeze({
  AWAITING_SUPPLIER: "awaiting_supplier",
  NEGOTIATING: "negotiating",
  IN_MEDIATION: "in_mediation",
});

export const Reason = Object.freeze({
  DAMAGED: "damaged",
  DEFECTIVE: "defective",
  MISSING: "missing",
  WRONG_ITEM: "wrong_item",
  TERMS_NOT_MET: "terms_not_met",
  NOT_DELIVERED: "not_delivered",
  NOT_SHIPPED: "not_shipped",
  OTHER: "other",
});

export const Deed = Object.freeze({
  OPEN_CLAIM: "open_claim",
  ESCALATE: "escalate",
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
