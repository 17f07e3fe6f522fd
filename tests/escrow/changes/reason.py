"""What a new reason for claims needs: `late_papers`, for goods that wait at a border for their documents."""

from __future__ import annotations

# A file, what stands there once, and what stands there instead.
COUNTED = [
    (
        "contract/codes.py",
        '    TERMS_NOT_MET = "terms_not_met"\n',
        '    TERMS_NOT_MET = "terms_not_met"\n    LATE_PAPERS = "late_papers"\n',
    ),
    (
        "data/words/en.yml",
        '    terms_not_met: "It is not what we agreed"\n',
        '    terms_not_met: "It is not what we agreed"\n    late_papers: "The papers came late"\n',
    ),
    (
        "data/words/en.yml",
        '  terms_not_met: "not as agreed"\n',
        '  terms_not_met: "not as agreed"\n  late_papers: "papers too late"\n',
    ),
    (
        "bot/nlu/lexicon.yml",
        "  terms_not_met:\n",
        "  late_papers:\n  - '(?:papers|documents) (?:came|were) (?:too )?late'\n  terms_not_met:\n",
    ),
]
# Training lines and translations.
NOT_COUNTED: list[tuple[str, str, str]] = []
MADE_BY = ["contract.page"]
BUDGET = 3
