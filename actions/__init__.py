"""What a step of a task does: ask escrow, and say a key with facts. Sentences are made in messenger/wording.py."""
