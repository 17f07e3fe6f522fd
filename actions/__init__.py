"""What a step of a task does: ask escrow, and say a key with facts. Sentences are messenger's."""
