"""Dialogue: tasks as data, a stack of them, and the policy that works through it."""
