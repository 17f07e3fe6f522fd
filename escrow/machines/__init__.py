"""Orders, claims and instructions as tables: which event leads where, who may cause it, what silence does."""
